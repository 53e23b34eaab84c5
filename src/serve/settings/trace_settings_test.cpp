// SPDX-License-Identifier: Apache-2.0
// Tests of trace settings as words.
#include "serve/settings/trace_settings.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

Result<TraceSettings> after(const TraceWords& words) {
  const TraceChange change = TRY(parse_trace_change(words, "/tmp/t.json"));
  TraceOverrides overrides;
  change.apply_to(overrides);
  return overrides.over(TraceSettings{});
}

TEST(TraceSettings, AreReadFromWords) {
  EXPECT_EQ(
      after({{"trace_level", {"TIMESTAMPS"}}, {"trace_rate", {"5"}}, {"trace_count", {"7"}}, {"log_frequency", {"3"}}}),
      (TraceSettings{true, 5, 7, 3}));
  EXPECT_EQ(after({}), TraceSettings{});
}

TEST(TraceSettings, AnEmptyListGoesBackToTheWiderSetting) {
  TraceOverrides overrides;
  overrides.rate = 5;
  parse_trace_change({{"trace_rate", {}}}, "")->apply_to(overrides);
  TraceSettings wider;
  wider.rate = 9;
  EXPECT_EQ(overrides.over(wider).rate, 9U);
}

TEST(TraceSettings, NonsenseIsRefusedWithASentence) {
  for (const TraceWords& words : std::vector<TraceWords>{{{"trace_rate", {"0"}}},
                                                         {{"trace_rate", {"often"}}},
                                                         {{"trace_rate", {"1", "2"}}},
                                                         {{"trace_count", {"-2"}}},
                                                         {{"trace_level", {"TENSORS"}}},
                                                         {{"trace_level", {"OFF", "TIMESTAMPS"}}},
                                                         {{"trace_file", {"/etc/passwd"}}},
                                                         {{"trace_mode", {"opentelemetry"}}},
                                                         {{"colour", {"red"}}}}) {
    const auto settings = after(words);
    ASSERT_FALSE(settings) << words.begin()->first;
    EXPECT_GT(settings.error().message.size(), 20U);
  }
}

TEST(TraceSettings, WhatIsDescribedIsAccepted) {
  const TraceSettings settings{true, 5, 7, 3};
  EXPECT_EQ(after(describe_trace_settings(settings, "/tmp/t.json")), settings);
}

}  // namespace
}  // namespace tandem::serve
