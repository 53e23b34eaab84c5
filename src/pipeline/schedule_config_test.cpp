// SPDX-License-Identifier: Apache-2.0
// Facts about the section `schedule` of a model's config.
#include "pipeline/schedule_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/model_config.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<ModelConfig> parse_schedule(const std::string& schedule) {
  return parse_model_config("schema: 1\ntask: classification\nschedule: " + schedule + "\n");
}

TEST(ScheduleConfig, LeavesEverythingOpenWhenItIsAbsent) {
  const auto config = parse_model_config("schema: 1\ntask: classification\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->schedule.instances, 0);
  EXPECT_EQ(config->schedule.threads, 0);
  EXPECT_EQ(config->schedule.max_queue_delay, microseconds(0));
  EXPECT_FALSE(config->schedule.default_timeout);
}

TEST(ScheduleConfig, ReadsEveryKey) {
  const auto config = parse_schedule(
      "{instances: 2, threads: 3, preferred_batch_sizes: [4, 8], max_queue_delay_us: 500, priority_levels: 3, "
      "default_priority: 2, max_queued_requests: 10, max_queued_bytes: 1000, default_timeout_us: 70}");
  ASSERT_TRUE(config) << config.error().message;
  const ScheduleConfig& schedule = config->schedule;
  EXPECT_EQ(schedule.instances, 2);
  EXPECT_EQ(schedule.threads, 3);
  EXPECT_THAT(schedule.preferred_batch_sizes, ElementsAre(4, 8));
  EXPECT_EQ(schedule.max_queue_delay, microseconds(500));
  EXPECT_EQ(schedule.priority_levels, 3U);
  EXPECT_EQ(schedule.default_priority, 2U);
  EXPECT_EQ(schedule.max_queued_requests, 10U);
  EXPECT_EQ(schedule.max_queued_bytes, 1000U);
  EXPECT_EQ(schedule.default_timeout, microseconds(70));
}

TEST(ScheduleConfig, RefusesWhatCannotBeMeant) {
  struct Case {
    const char* schedule;
    const char* message;
  };
  const Case cases[] = {
      {"{instances: 0}", "schedule.instances: expected an integer from 1 to 1024"},
      {"{threads: many}", "schedule.threads: expected"},
      {"{preferred_batch_sizes: []}", "schedule.preferred_batch_sizes: expected 1 to 64 batch sizes"},
      {"{preferred_batch_sizes: [8, 4]}", "schedule.preferred_batch_sizes[1]: expected a larger size than before it"},
      {"{max_queue_delay_us: -1}", "schedule.max_queue_delay_us: expected"},
      {"{default_priority: 1}", "schedule.default_priority: expected priority_levels beside it"},
      {"{priority_levels: 2, default_priority: 3}", "schedule.default_priority: expected an integer from 1 to 2"},
      {"{default_timeout_us: 0}", "schedule.default_timeout_us: expected"},
      {"{delay: 1}", "schedule"},
      {"5", "schedule"},
  };
  for (const Case& c : cases) {
    const auto config = parse_schedule(c.schedule);
    ASSERT_FALSE(config) << c.schedule;
    EXPECT_EQ(config.error().code, Code::kInvalidArgument);
    EXPECT_THAT(config.error().message, HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace tandem
