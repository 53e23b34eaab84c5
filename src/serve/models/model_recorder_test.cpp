// SPDX-License-Identifier: Apache-2.0
// Facts about ModelRecorder.
#include "serve/models/model_recorder.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

using std::chrono::nanoseconds;

BatchTiming timing(std::int64_t rows) {
  return {nanoseconds(5), nanoseconds(1), nanoseconds(10), nanoseconds(2), rows};
}

TEST(ModelRecorder, CountsSamplesAndRunsApart) {
  FakeClock clock;
  ModelRecorder recorder(clock);
  recorder.ran(timing(3));
  recorder.ran(timing(3));
  recorder.ran(timing(1));
  const ModelStatistics statistics = recorder.read().statistics;
  EXPECT_EQ(statistics.inference_count, 7U);
  EXPECT_EQ(statistics.execution_count, 3U);
  ASSERT_EQ(statistics.batches.size(), 2U);
  EXPECT_EQ(statistics.batches[1].batch_size, 3);
  EXPECT_EQ(statistics.batches[1].compute_infer.count, 2U);
  EXPECT_EQ(statistics.batches[1].compute_infer.ns, 20U);
  EXPECT_EQ(statistics.last_inference_ms, 1767225600000U);
}

TEST(ModelRecorder, AddsUpTheTimesOfRequests) {
  FakeClock clock;
  ModelRecorder recorder(clock);
  recorder.began();
  recorder.began();
  recorder.succeeded(nanoseconds(100), timing(1));
  const ModelMetrics metrics = recorder.read();
  EXPECT_EQ(metrics.pending, 1U);
  EXPECT_EQ(metrics.statistics.success.ns, 100U);
  EXPECT_EQ(metrics.statistics.queue.ns, 5U);
  EXPECT_EQ(metrics.compute_ns.sum, 13U);
}

TEST(ModelRecorder, SortsFailuresByReason) {
  FakeClock clock;
  ModelRecorder recorder(clock);
  for (const Code code : {Code::kResourceExhausted, Code::kUnavailable, Code::kInternal, Code::kNotFound}) {
    recorder.began();
    recorder.failed(nanoseconds(10), code);
  }
  const ModelMetrics metrics = recorder.read();
  EXPECT_EQ(metrics.failures, (std::array<std::uint64_t, 4>{2, 0, 1, 1}));
  EXPECT_EQ(metrics.statistics.fail.count, 4U);
  EXPECT_EQ(metrics.pending, 0U);
}

}  // namespace
}  // namespace tandem::serve
