// SPDX-License-Identifier: Apache-2.0
// Facts about traceparent.
#include "serve/observe/trace_context.h"

#include <gtest/gtest.h>

#include <set>

namespace tandem::serve {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ReadsTheExampleOfTheSpecification) {
  const auto context = parse_traceparent(kGood);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id_hex(), "00f067aa0ba902b7");
  EXPECT_TRUE(context->sampled);
}

TEST(TraceContext, WritesWhatItRead) { EXPECT_EQ(parse_traceparent(kGood)->header(), kGood); }

TEST(TraceContext, RefusesWhatIsNoTraceparent) {
  for (const std::string_view wrong : {
           "",
           "00",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
       }) {
    EXPECT_FALSE(parse_traceparent(wrong)) << wrong;
  }
}

TEST(TraceContext, TakesFromALaterVersionWhatItKnows) {
  EXPECT_TRUE(parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
}

TEST(TraceContext, OnlyTheLowestFlagMeansSampled) {
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02")->sampled);
}

TEST(TraceIds, AreAllDifferent) {
  TraceIds ids(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(ids.next());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Sampling, KeepsTheShareThatIsAskedFor) {
  TraceIds ids(1);
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += is_sampled(ids.next(), 0.25) ? 1 : 0;
  EXPECT_NEAR(kept, 2500, 200);
}

TEST(Sampling, KeepsAllOrNothingAtTheEnds) {
  EXPECT_TRUE(is_sampled(~std::uint64_t{0}, 1));
  EXPECT_FALSE(is_sampled(0, 0));
}

}  // namespace
}  // namespace tandem::serve
