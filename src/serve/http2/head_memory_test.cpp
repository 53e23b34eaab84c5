// SPDX-License-Identifier: Apache-2.0
// Tests of HeadMemory: heads that come again, and heads that do not.
#include "serve/http2/head_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tandem::serve {
namespace {

class HeadMemoryTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  auto take(const Fields& more, const std::string& path = "/a?b=1") {
    Fields fields{{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "server"}};
    fields.insert(fields.end(), more.begin(), more.end());
    memory_.begin();
    for (const auto& [name, value] : fields) memory_.add(name, value, limits_);
    return memory_.end(limits_);
  }

  HttpLimits limits_;
  HeadMemory memory_;
};

TEST_F(HeadMemoryTest, PseudoHeaderFieldsBecomeTheRequestLine) {
  const auto block = take({{"x-mine", "yes"}}).value();
  EXPECT_EQ(block->head.method, "POST");
  EXPECT_EQ(block->head.path, "/a");
  EXPECT_EQ(block->head.query, "b=1");
  const std::vector<std::pair<std::string_view, std::string_view>> headers = {{"host", "server"}, {"x-mine", "yes"}};
  EXPECT_EQ(block->head.headers, headers);
}

TEST_F(HeadMemoryTest, TheSameHeadAgainIsTheSameBlock) {
  const auto first = take({{"x-mine", "yes"}}).value();
  EXPECT_EQ(take({{"x-mine", "yes"}}).value(), first);
}

TEST_F(HeadMemoryTest, AHeadThatEndsDifferentlyIsItsOwn) {
  const auto first = take({{"x-mine", "1"}}).value();
  const auto second = take({{"x-mine", "2"}}).value();
  EXPECT_EQ(first->head.headers.back().second, "1");
  EXPECT_EQ(second->head.headers.back().second, "2");
  EXPECT_EQ(second->head.path, "/a");
}

TEST_F(HeadMemoryTest, AHeadWithMoreFieldsIsItsOwn) {
  const auto first = take({{"x-mine", "1"}}).value();
  const auto second = take({{"x-mine", "1"}, {"x-more", "2"}}).value();
  EXPECT_EQ(first->head.headers.size(), 2U);
  EXPECT_EQ(second->head.headers.size(), 3U);
}

TEST_F(HeadMemoryTest, AHeadWithFewerFieldsIsItsOwn) {
  const auto first = take({{"x-mine", "1"}, {"x-more", "2"}}).value();
  const auto second = take({{"x-mine", "1"}}).value();
  EXPECT_EQ(first->head.headers.size(), 3U);
  EXPECT_EQ(second->head.headers.size(), 2U);
}

TEST_F(HeadMemoryTest, TheHeadOfARequestThatLivesOnIsNotWrittenOver) {
  const auto first = take({{"x-mine", "first"}}).value();
  const auto second = take({{"x-mine", "second"}}).value();
  const auto third = take({{"x-mine", "third"}}).value();
  EXPECT_EQ(first->head.headers.back().second, "first");
  EXPECT_EQ(second->head.headers.back().second, "second");
  EXPECT_EQ(third->head.headers.back().second, "third");
}

TEST_F(HeadMemoryTest, TheMemoryOfAHeadThatNobodyHoldsIsUsedAgain) {
  const HeadBlock* const first = take({{"x-mine", "1"}}).value().get();
  take({{"x-mine", "2"}}).value();
  EXPECT_EQ(take({{"x-mine", "3"}}).value().get(), first);
}

TEST_F(HeadMemoryTest, AHostIsNoAuthorityAgain) {
  take({}).value();
  memory_.begin();
  const Fields fields{{":method", "POST"}, {":scheme", "http"}, {":path", "/a?b=1"}, {"host", "server"}};
  for (const auto& [name, value] : fields) memory_.add(name, value, limits_);
  memory_.add(":authority", "server", limits_);
  const auto block = memory_.end(limits_);
  ASSERT_FALSE(block.has_value());
  EXPECT_TRUE(block.error().is_malformed);
}

TEST_F(HeadMemoryTest, WhatIsMalformedIsForgotten) {
  const auto first = take({}).value();
  EXPECT_TRUE(take({{"connection", "close"}}).error().is_malformed);
  EXPECT_EQ(take({}).value(), first);
}

TEST_F(HeadMemoryTest, AHeadThatIsTooLongIsRefusedWith431) {
  limits_.head_bytes = 100;
  EXPECT_EQ(take({{"x-mine", std::string(100, 'x')}}).error().rejection.status, 431);
}

TEST_F(HeadMemoryTest, TooManyFieldsAreRefusedWith431) {
  limits_.header_count = 5;
  EXPECT_EQ(take({{"a", "1"}, {"b", "2"}}).error().rejection.status, 431);
}

TEST_F(HeadMemoryTest, AContentLengthThatIsNoNumberIsRefusedWith400) {
  EXPECT_EQ(take({{"content-length", "-1"}}).error().rejection.status, 400);
}

TEST_F(HeadMemoryTest, AContentLengthAboveTheLimitIsRefusedWith413) {
  limits_.body_bytes = 10;
  EXPECT_EQ(take({{"content-length", "11"}}).error().rejection.status, 413);
}

TEST_F(HeadMemoryTest, AContentLengthOfNothingIsALength) {
  const auto block = take({{"content-length", "0"}}).value();
  EXPECT_TRUE(block->has_length);
  EXPECT_EQ(block->head.content_length, 0U);
}

}  // namespace
}  // namespace tandem::serve
