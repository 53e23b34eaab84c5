// SPDX-License-Identifier: Apache-2.0
// Tests of what is said at the end of a live view.
#include "app/live/live_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LiveReport two_models() {
  live::LiveNumbers numbers;
  numbers.frames = 40;
  numbers.dropped = 3;
  numbers.latency = live::LatencySummary{40, 12.5, 12, 10, 30, 2.5};
  numbers.frames_per_second = 20;
  numbers.frame_ms = 50;
  live::LiveNumbers one_frame;
  one_frame.frames = 1;
  LiveReport report;
  report.source = "folder clip/";
  report.outcome.models = {{{"a", "fp32", "", "onnxruntime: cpu", 1000}, numbers},
                           {{"b", "int8", "", "onnxruntime: cpu", 500}, one_frame}};
  report.outcome.frames = 41;
  report.outcome.headline = "arrest";
  report.outcome.last_frame = 43;
  report.outcome.memory.process_bytes = 52'000'000;
  return report;
}

TEST(LiveReport, TheTextHasTheNumbersOfEachModel) {
  const std::string text = report_as_text(two_models());
  EXPECT_THAT(text, HasSubstr("a fp32, onnxruntime: cpu\n  frames 40, dropped 3, 20.0 FPS, 50.0 ms a frame\n"));
  EXPECT_THAT(text, HasSubstr("latency of 40: mean 12.50 ms, median 12.00, min 10.00, max 30.00, std 2.50"));
  EXPECT_THAT(text, HasSubstr("the model has not run yet"));
  EXPECT_THAT(text, HasSubstr("last: arrest"));
}

TEST(LiveReport, GpuMemoryIsSaidOnlyWhereThereIsAGpu) {
  LiveReport report = two_models();
  EXPECT_THAT(report_as_text(report), Not(HasSubstr("GPU")));
  report.outcome.memory.gpu_bytes = 7'000'000'000;
  EXPECT_THAT(report_as_text(report), HasSubstr("GPU 7000 MB in use by all programs"));
}

TEST(LiveReport, TheJsonHasNullForWhatIsNotKnown) {
  const auto document = nlohmann::json::parse(report_as_json(two_models()));
  EXPECT_EQ(document["frames"], 41);
  EXPECT_EQ(document["models"][0]["latency_ms"]["std"], 2.5);
  EXPECT_TRUE(document["models"][1]["latency_ms"].is_null());
  EXPECT_TRUE(document["models"][1]["frames_per_second"].is_null());
  EXPECT_TRUE(document["memory"]["gpu_bytes"].is_null());
  EXPECT_EQ(document["last"]["frame"], 43);
}

}  // namespace
}  // namespace tandem::app
