// SPDX-License-Identifier: Apache-2.0
// Tests of the order of a stream's answers.
#include "serve/grpc/ordered_answers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem::serve {
namespace {

class OrderedAnswersTest : public testing::Test {
 protected:
  static HttpResponse piece(std::string text) {
    HttpResponse response;
    response.text = std::move(text);
    return response;
  }
  std::vector<std::string> sent_;
  OrderedAnswers answers_{[this](const HttpResponse& response) { sent_.push_back(response.text); }};
};

TEST_F(OrderedAnswersTest, AnAnswerWaitsForThoseBeforeIt) {
  const auto first = answers_.open();
  const auto second = answers_.open();
  answers_.fill(second, piece("second"));
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(answers_.waiting(), 2U);
  answers_.fill(first, piece("first"));
  EXPECT_EQ(sent_, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(answers_.waiting(), 0U);
}

TEST_F(OrderedAnswersTest, TheEndComesLastAndOnce) {
  const auto only = answers_.open();
  answers_.end(piece("end"));
  answers_.end(piece("another end"));
  EXPECT_TRUE(sent_.empty());
  answers_.fill(only, piece("answer"));
  answers_.end(piece("a third"));
  EXPECT_EQ(sent_, (std::vector<std::string>{"answer", "end"}));
}

}  // namespace
}  // namespace tandem::serve
