// SPDX-License-Identifier: Apache-2.0
// What counts as the same answer, and how far others are off.
#include "bench/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/half.h"

namespace tandem::bench {
namespace {

using testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename T>
Tensor tensor(Shape shape, std::vector<T> values) {
  return *Tensor::from<T>(std::move(shape), std::span<const T>(values));
}

Agreement agreement_of(const Tensor& got, const Tensor& reference, double tolerance = 1e-3) {
  Agreement agreement;
  add_output(agreement, "y", got, reference, tolerance);
  return agreement;
}

TEST(AgreementTest, ScalesTheToleranceToTheOutput) {
  const Tensor reference = tensor<float>({2}, {1000, 0});
  EXPECT_TRUE(agreement_of(tensor<float>({2}, {1000, 0.9F}), reference).within);
  const Agreement off = agreement_of(tensor<float>({2}, {1000, 1.1F}), reference);
  EXPECT_FALSE(off.within);
  EXPECT_THAT(off.reason, HasSubstr("output 'y' differs by 1.1; 1 is allowed"));
}

TEST(AgreementTest, ComparesFloatsOfDifferentWidth) {
  const std::vector<Float16> halves = {to_float16(1), to_float16(0.3333F)};
  const Agreement agreement = agreement_of(tensor<Float16>({2}, halves), tensor<float>({2}, {1, 1.0F / 3}));
  EXPECT_TRUE(agreement.within);
  EXPECT_GT(agreement.max_absolute, 0);
}

TEST(AgreementTest, WantsIntegersEqual) {
  EXPECT_FALSE(agreement_of(tensor<std::int64_t>({1}, {1'000'001}), tensor<std::int64_t>({1}, {1'000'000})).within);
}

TEST(AgreementTest, TakesNaNForNaNAndNothingElse) {
  EXPECT_TRUE(agreement_of(tensor<float>({2}, {kNan, kInfinity}), tensor<float>({2}, {kNan, kInfinity})).within);
  EXPECT_FALSE(agreement_of(tensor<float>({1}, {kNan}), tensor<float>({1}, {1})).within);
  EXPECT_FALSE(agreement_of(tensor<float>({1}, {kInfinity}), tensor<float>({1}, {-kInfinity})).within);
}

TEST(AgreementTest, RefusesAnotherShape) {
  EXPECT_THAT(agreement_of(tensor<float>({1, 2}, {1, 2}), tensor<float>({2}, {1, 2})).reason,
              HasSubstr("output 'y' is float32[1,2], that of the reference float32[2]"));
}

TEST(AgreementTest, CountsEqualDecisionsOfClassifiers) {
  const Agreement agreement =
      agreement_of(tensor<float>({2, 3}, {0, 1, 0, 9, 0, 0}), tensor<float>({2, 3}, {0, 2, 1, 0, 0, 9}));
  EXPECT_EQ(agreement.top1(), 0.5);
}

TEST(AgreementTest, CountsEqualDecisionsOfEachPixel) {
  // Two classes of 1 x 2 pixels: [class, pixel].
  const Agreement agreement =
      agreement_of(tensor<float>({1, 2, 1, 2}, {1, 0, 0, 1}), tensor<float>({1, 2, 1, 2}, {1, 1, 0, 0}));
  EXPECT_EQ(agreement.decisions, 2U);
  EXPECT_EQ(agreement.same_decisions, 1U);
}

TEST(AgreementTest, HasNoDecisionsOfAVector) {
  EXPECT_FALSE(agreement_of(tensor<float>({3}, {1, 2, 3}), tensor<float>({3}, {1, 2, 3})).top1());
}

TEST(AgreementTest, KnowsTheAngle) {
  EXPECT_NEAR(agreement_of(tensor<float>({2}, {1, 0}), tensor<float>({2}, {0, 1})).min_cosine, 0, 1e-12);
  EXPECT_DOUBLE_EQ(agreement_of(tensor<float>({2}, {2, 4}), tensor<float>({2}, {1, 2})).min_cosine, 1);
  EXPECT_EQ(agreement_of(tensor<float>({1}, {0}), tensor<float>({1}, {0})).min_cosine, 1);
}

TEST(AgreementTest, KeepsTheFirstReason) {
  Agreement agreement;
  add_output(agreement, "a", tensor<float>({1}, {1}), tensor<float>({1}, {2}), 1e-3);
  add_output(agreement, "b", tensor<float>({1}, {1}), tensor<float>({1}, {2}), 1e-3);
  EXPECT_THAT(agreement.reason, HasSubstr("'a'"));
  EXPECT_EQ(agreement.tensors, 2U);
}

}  // namespace
}  // namespace tandem::bench
