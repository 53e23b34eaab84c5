// SPDX-License-Identifier: Apache-2.0
// Counters as the kernel writes them, and what is said of two looks.
#include "base/machine_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(MachineWatch, ReadsTheStatLine) {
  const auto line = parse_stat_line("cpu  100 20 30 400 50 0 7 8 0 0");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->total, 615U);
  EXPECT_EQ(line->busy, 157U);
  EXPECT_EQ(line->steal, 8U);
}

TEST(MachineWatch, RefusesOtherLines) {
  EXPECT_FALSE(parse_stat_line("intr 1 2 3"));
  EXPECT_FALSE(parse_stat_line("cpu  1 2"));
  EXPECT_FALSE(parse_stat_line("cpu  1 2 x 4 5 6 7 8"));
}

TEST(MachineWatch, ReadsThrottlingOfBothVersionsOfCgroups) {
  const Throttling second = parse_cpu_stat("usage_usec 5\nnr_periods 10\nnr_throttled 3\nthrottled_usec 4500\n");
  EXPECT_EQ(second.periods, 3U);
  EXPECT_EQ(second.microseconds, 4500U);
  EXPECT_EQ(parse_cpu_stat("nr_periods 1\nnr_throttled 1\nthrottled_time 2000000\n").microseconds, 2000U);
  EXPECT_EQ(parse_cpu_stat("").periods, 0U);
}

TEST(MachineWatch, TellsOthersFromItself) {
  MachineCounters before;
  MachineCounters after;
  after.total_ticks = 1000;  // two cores for 5 s
  after.busy_ticks = 700;
  after.own_ticks = 450;
  after.steal_ticks = 20;
  const MachineDisturbance found = find_disturbance(before, after, 2);
  EXPECT_DOUBLE_EQ(found.others_cores, 0.5);
  EXPECT_DOUBLE_EQ(found.steal_share, 0.02);
}

TEST(MachineWatch, KnowsNothingOfNoTime) {
  const MachineDisturbance found = find_disturbance({}, {}, 2);
  EXPECT_EQ(found.others_cores, 0);
  EXPECT_EQ(to_string(found, 2), "others kept 0.00 of 2 cores busy; steal 0.0 %; not throttled");
}

TEST(MachineWatch, SaysWhatSlowedTheMachineDown) {
  MachineDisturbance found;
  found.others_cores = 1.5;
  found.steal_share = 0.031;
  found.throttled_periods = 7;
  found.throttled_ms = 120;
  found.thermal_events = 2;
  found.lowest_mhz = 1800;
  found.highest_mhz = 3200;
  EXPECT_EQ(to_string(found, 4),
            "others kept 1.50 of 4 cores busy; steal 3.1 %; throttled 7 times, 120 ms; slowed by heat 2 times; 1800 to "
            "3200 MHz");
}

TEST(MachineWatch, SeesThisMachine) {
  const MachineCounters counters = read_machine_counters();
  EXPECT_GT(counters.total_ticks, 0U);
  EXPECT_GE(counters.total_ticks, counters.busy_ticks);
  EXPECT_THAT(machine_facts(), testing::Contains(testing::Field(&MachineFact::name, "processor")));
}

}  // namespace
}  // namespace tandem
