// SPDX-License-Identifier: Apache-2.0
// Tests of the CPU budget's arithmetic and of the cgroup format.
#include "base/cpu.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(ParseCpuMax, DividesQuotaByPeriod) { EXPECT_DOUBLE_EQ(parse_cpu_max("150000 100000").value(), 1.5); }
TEST(ParseCpuMax, MaxIsNoLimit) { EXPECT_FALSE(parse_cpu_max("max 100000")); }
TEST(ParseCpuMax, MalformedTextIsNoLimit) {
  for (const char* text : {"", "1", "1 0", "-1 100", "a b", "1 2 3"}) EXPECT_FALSE(parse_cpu_max(text)) << text;
}

TEST(PlanCores, TakesTheTightestLimit) {
  EXPECT_EQ(plan_cores(8, 4, std::nullopt), 4);
  EXPECT_EQ(plan_cores(8, 4, 2.9), 2);
}
TEST(PlanCores, IsNeverBelowOne) { EXPECT_EQ(plan_cores(8, 4, 0.5), 1); }

TEST(CpuBudgetTest, OfThisProcessIsPositive) {
  const CpuBudget budget = cpu_budget();
  EXPECT_GE(budget.cores, 1);
  EXPECT_LE(budget.cores, budget.online);
}

TEST(MachineLine, NamesTheArchitecture) { EXPECT_NE(machine_line().find(cpu_info().architecture), std::string::npos); }

}  // namespace
}  // namespace tandem
