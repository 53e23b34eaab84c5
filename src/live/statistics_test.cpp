// SPDX-License-Identifier: Apache-2.0
// Tests of the live view's numbers, with times that are told.
#include "live/statistics.h"

#include <gtest/gtest.h>

namespace tandem::live {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};

TEST(LiveStatistics, HasNoNumbersBeforeTheFirstFrame) {
  const LiveNumbers numbers = LiveStatistics().numbers();
  EXPECT_EQ(numbers.frames, 0);
  EXPECT_FALSE(numbers.latency);
  EXPECT_FALSE(numbers.frames_per_second);
}

TEST(LiveStatistics, SummarizesLatencies) {
  LiveStatistics statistics;
  const int latencies[] = {10, 30, 20, 40};
  for (int i = 0; i < 4; ++i) statistics.add(kStart + milliseconds(100 * i), milliseconds(latencies[i]));
  const LatencySummary latency = statistics.numbers().latency.value();
  EXPECT_EQ(latency.count, 4);
  EXPECT_DOUBLE_EQ(latency.mean_ms, 25);
  EXPECT_DOUBLE_EQ(latency.median_ms, 25);
  EXPECT_DOUBLE_EQ(latency.min_ms, 10);
  EXPECT_DOUBLE_EQ(latency.max_ms, 40);
  EXPECT_NEAR(latency.std_ms, 12.909944, 1e-6);  // statistics.stdev([10, 30, 20, 40])
}

TEST(LiveStatistics, TheDeviationOfOneFrameIsZero) {
  LiveStatistics statistics;
  statistics.add(kStart, milliseconds(7));
  EXPECT_EQ(statistics.numbers().latency->std_ms, 0);
}

TEST(LiveStatistics, CountsTheRateBetweenTheFirstAndTheLastFrame) {
  LiveStatistics statistics;
  for (int i = 0; i < 5; ++i) statistics.add(kStart + milliseconds(50 * i), std::nullopt);
  const LiveNumbers numbers = statistics.numbers();
  EXPECT_DOUBLE_EQ(numbers.frames_per_second.value(), 20);
  EXPECT_DOUBLE_EQ(numbers.frame_ms.value(), 50);
}

TEST(LiveStatistics, AnInterruptionIsNotCountedAsTime) {
  LiveStatistics statistics;
  for (const int at : {0, 50, 100}) statistics.add(kStart + milliseconds(at), std::nullopt);
  statistics.interrupt();
  for (const int at : {9000, 9050}) statistics.add(kStart + milliseconds(at), std::nullopt);
  EXPECT_DOUBLE_EQ(statistics.numbers().frames_per_second.value(), 20);
  EXPECT_DOUBLE_EQ(statistics.recent().frames_per_second.value(), 20);
}

TEST(LiveStatistics, FramesTheModelDidNotRunOnHaveNoLatency) {
  LiveStatistics statistics;
  statistics.add(kStart, std::nullopt);
  statistics.add(kStart + milliseconds(10), milliseconds(5));
  EXPECT_EQ(statistics.numbers().frames, 2);
  EXPECT_EQ(statistics.numbers().latency->count, 1);
}

TEST(LiveStatistics, RecentNumbersForgetWhatIsOlderThanThirtyFrames) {
  LiveStatistics statistics;
  statistics.add(kStart, milliseconds(1000));
  for (int i = 1; i <= 31; ++i)
    statistics.add(kStart + std::chrono::seconds(10) + milliseconds(20 * i), milliseconds(5));
  EXPECT_DOUBLE_EQ(statistics.recent().latency_ms.value(), 5);
  EXPECT_DOUBLE_EQ(statistics.recent().frames_per_second.value(), 50);
}

TEST(LiveStatistics, TheMedianIsOfTheNewestThatAreKept) {
  LiveStatistics statistics;
  for (std::size_t i = 0; i < LiveStatistics::kKept; ++i) statistics.add(kStart, milliseconds(1));
  for (std::size_t i = 0; i < LiveStatistics::kKept; ++i) statistics.add(kStart, milliseconds(3));
  const LatencySummary latency = statistics.numbers().latency.value();
  EXPECT_DOUBLE_EQ(latency.median_ms, 3);
  EXPECT_NEAR(latency.mean_ms, 2, 1e-9);
}

}  // namespace
}  // namespace tandem::live
