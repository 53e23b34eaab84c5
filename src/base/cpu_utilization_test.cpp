// SPDX-License-Identifier: Apache-2.0
// Facts about the share of the cores that is busy.
#include "base/cpu_utilization.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using std::chrono::seconds;

const SteadyTime kBegin{seconds(100)};

TEST(CpuTimes, ReadsTheFirstLineOfProcStat) {
  const auto times = parse_cpu_times("cpu  10 20 30 400 50 6 7 8 9 10");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->total, 531U);
  EXPECT_EQ(times->busy, 81U);
}

TEST(CpuTimes, OtherTextIsNone) {
  for (const char* text : {"", "cpu", "cpu0 1 2 3 4 5 6 7 8", "cpu  1 2 3 4 5 6 7", "cpu  1 2 x 4 5 6 7 8",
                           "cpu  99999999999999999999999 2 3 4 5 6 7 8"}) {
    EXPECT_FALSE(parse_cpu_times(text)) << text;
  }
}

TEST(CpuTimes, ThisMachineHasSome) { EXPECT_TRUE(read_cpu_times()); }

TEST(CpuUtilization, IsTheShareSinceTheLastAnswer) {
  CpuUtilization utilization;
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{50, 100}, kBegin).value(), 0.5);
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{140, 200}, kBegin + seconds(2)).value(), 0.9);
}

TEST(CpuUtilization, WhoAsksAtOnceAgainGetsTheSameAnswer) {
  CpuUtilization utilization;
  utilization.update(CpuTimes{50, 100}, kBegin);
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{51, 101}, kBegin).value(), 0.5);
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{60, 200}, kBegin + seconds(1)).value(), 0.1);
}

TEST(CpuUtilization, CountersThatStandStillOrGoBackChangeNothing) {
  CpuUtilization utilization;
  utilization.update(CpuTimes{50, 100}, kBegin);
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{50, 100}, kBegin + seconds(5)).value(), 0.5);
  EXPECT_DOUBLE_EQ(utilization.update(CpuTimes{40, 200}, kBegin + seconds(9)).value(), 0.5);
}

TEST(CpuUtilization, IsUnknownWhereTheKernelTellsNothing) {
  CpuUtilization utilization;
  EXPECT_FALSE(utilization.update(std::nullopt, kBegin));
}

}  // namespace
}  // namespace tandem
