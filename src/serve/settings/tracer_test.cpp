// SPDX-License-Identifier: Apache-2.0
// Tests of sampling and of the files of traces.
#include "serve/settings/tracer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using nlohmann::json;
using std::chrono::nanoseconds;

class TracerTest : public testing::Test {
 protected:
  TracerTest() : path_(folder_.path() / "trace.json"), tracer_(*Tracer::create(path_)) {}

  void set(std::string_view model, const TraceWords& words) {
    const auto change = parse_trace_change(words, path_.string());
    ASSERT_TRUE(change) << change.error().message;
    const Status changed = tracer_->change(model, *change);
    ASSERT_TRUE(changed) << changed.error().message;
  }
  int sampled(std::string_view model, int requests) {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += tracer_->sample(model) ? 1 : 0;
    return count;
  }
  void write(std::uint64_t id) {
    TracedCall call;
    call.id = id;
    call.model = "m";
    call.version = "1";
    call.request_id = "say \"hi\"";
    call.arrival = SteadyTime(nanoseconds(100));
    call.begun = SteadyTime(nanoseconds(200));
    call.ended = SteadyTime(nanoseconds(900));
    call.timing.queue = nanoseconds(10);
    call.timing.compute_input = nanoseconds(20);
    call.timing.compute_infer = nanoseconds(30);
    call.timing.compute_output = nanoseconds(40);
    tracer_->write(call);
    tracer_->flush();
  }
  static json read(const std::filesystem::path& path) { return json::parse(*read_file(path)); }

  TempDir folder_;
  const std::filesystem::path path_;
  std::unique_ptr<Tracer> tracer_;
};

TEST_F(TracerTest, NothingIsSampledUntilItIsSwitchedOn) { EXPECT_EQ(sampled("m", 5000), 0); }

TEST_F(TracerTest, OneRequestOfTheRateIsSampled) {
  set("", {{"trace_level", {"TIMESTAMPS"}}, {"trace_rate", {"10"}}});
  EXPECT_EQ(sampled("m", 100), 10);
}

TEST_F(TracerTest, TheCountEndsIt) {
  set("", {{"trace_level", {"TIMESTAMPS"}}, {"trace_rate", {"1"}}, {"trace_count", {"3"}}});
  EXPECT_EQ(sampled("m", 100), 3);
  EXPECT_EQ(tracer_->settings("m").count, 0);
}

TEST_F(TracerTest, AModelHasItsOwnSettings) {
  set("m", {{"trace_level", {"TIMESTAMPS"}}, {"trace_rate", {"1"}}});
  EXPECT_EQ(sampled("m", 5), 5);
  EXPECT_EQ(sampled("other", 5), 0);
  set("m", {{"trace_level", {}}});
  EXPECT_EQ(sampled("m", 5), 0);
}

TEST_F(TracerTest, WithoutAFileItCannotBeSwitchedOn) {
  const auto tracer = *Tracer::create("");
  const auto change = parse_trace_change({{"trace_level", {"TIMESTAMPS"}}}, "");
  const Status changed = tracer->change("", *change);
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message.find("--trace-file"), std::string::npos);
  EXPECT_FALSE(tracer->sample("m"));
}

TEST_F(TracerTest, AFileThatCannotBeMadeIsSaidAtOnce) {
  EXPECT_FALSE(Tracer::create(folder_.path() / "missing" / "trace.json"));
}

TEST_F(TracerTest, TheFileIsAnArrayFromTheStart) { EXPECT_EQ(read(path_), json::array()); }

TEST_F(TracerTest, TheFileIsWholeAfterEveryTrace) {
  write(1);
  EXPECT_EQ(read(path_).size(), 2U);
  write(2);
  const json traces = read(path_);
  ASSERT_EQ(traces.size(), 4U);
  EXPECT_EQ(traces[2], json({{"id", 2}, {"model_name", "m"}, {"model_version", 1}, {"request_id", "say \"hi\""}}));
}

TEST_F(TracerTest, StampsFollowFromTheDurations) {
  write(1);
  const json traces = read(path_);
  std::map<std::string, int> stamps;
  for (const json& stamp : traces[1]["timestamps"]) stamps[stamp["name"]] = stamp["ns"];
  const std::map<std::string, int> expected{
      {"HTTP_RECV_START", 100},   {"REQUEST_START", 200},        {"QUEUE_START", 200}, {"COMPUTE_START", 210},
      {"COMPUTE_INPUT_END", 230}, {"COMPUTE_OUTPUT_START", 260}, {"COMPUTE_END", 300}, {"REQUEST_END", 900}};
  EXPECT_EQ(stamps, expected);
}

TEST_F(TracerTest, AFrequencyDividesTracesOverFiles) {
  set("", {{"log_frequency", {"2"}}});
  for (std::uint64_t id = 1; id <= 3; ++id) write(id);
  EXPECT_EQ(read(path_.string() + ".0").size(), 4U);
  EXPECT_EQ(read(path_.string() + ".1").size(), 2U);
}

}  // namespace
}  // namespace tandem::serve
