// SPDX-License-Identifier: Apache-2.0
// Tests of the best classes as text.
#include "serve/v2/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/half.h"

namespace tandem::serve {
namespace {

using testing::ElementsAre;

template <typename T>
Result<Tensor> best_of(Shape shape, std::vector<T> values, const ClassificationOptions& options) {
  return classify(*Tensor::from(std::move(shape), std::span<const T>(values)), options);
}

std::vector<std::string> strings_of(const Result<Tensor>& tensor) {
  return {tensor->strings().begin(), tensor->strings().end()};
}

TEST(Classification, TheBestGoFirst) {
  const auto best = best_of<float>({3}, {0.25F, 0.5F, -1.0F}, {2});
  EXPECT_THAT(strings_of(best), ElementsAre("0.5:1", "0.25:0"));
  EXPECT_EQ(best->shape(), (Shape{2}));
}

TEST(Classification, LabelsFollowTheIndexAsFarAsTheyGo) {
  const std::vector<std::string> labels{"cat", "dog"};
  EXPECT_THAT(strings_of(best_of<float>({3}, {3, 2, 1}, {3, false, labels})), ElementsAre("3:0:cat", "2:1:dog", "1:2"));
}

TEST(Classification, EachSampleOfABatchIsClassifiedAlone) {
  const auto best = best_of<float>({2, 2}, {1, 2, 4, 3}, {1, true});
  EXPECT_THAT(strings_of(best), ElementsAre("2:1", "4:0"));
  EXPECT_EQ(best->shape(), (Shape{2, 1}));
}

TEST(Classification, AllClassesAreGivenWhenMoreAreWanted) {
  EXPECT_EQ(best_of<float>({2}, {1, 2}, {std::numeric_limits<std::size_t>::max()})->shape(), (Shape{2}));
}

TEST(Classification, OfEqualValuesTheFirstClassGoesFirst) {
  EXPECT_THAT(strings_of(best_of<std::int64_t>({3}, {7, 7, 7}, {2})), ElementsAre("7:0", "7:1"));
}

TEST(Classification, WhatIsNoNumberGoesLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(strings_of(best_of<float>({3}, {nan, -1, nan}, {2})), ElementsAre("-1:1", "nan:0"));
}

TEST(Classification, ReadsEveryTypeOfNumber) {
  EXPECT_THAT(strings_of(best_of<std::uint8_t>({2}, {65, 66}, {1})), ElementsAre("66:1"));
  EXPECT_THAT(strings_of(best_of<double>({2}, {0.1, 0.2}, {1})), ElementsAre("0.2:1"));
  EXPECT_THAT(strings_of(best_of<Float16>({2}, {to_float16(1.5F), to_float16(0.5F)}, {1})), ElementsAre("1.5:0"));
}

TEST(Classification, RefusesWhatHasNoClasses) {
  EXPECT_EQ(best_of<float>({2, 0}, {}, {1, true}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(best_of<float>({0, 2}, {}, {1, true}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(classify(*Tensor::from_strings({1}, {"a"}), {1}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::serve
