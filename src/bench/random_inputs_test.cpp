// SPDX-License-Identifier: Apache-2.0
// Random inputs fit the model, are the same every time, and say what they cannot do.
#include "bench/random_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/tolerance.h"

namespace tandem::bench {
namespace {

const std::vector<TensorSpec> kImages = {
    {"x", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(3), Dim::symbol("height"), Dim::symbol("")}}}};

TEST(RandomInputs, GiveOpenDimensionsTheSizesAskedFor) {
  const auto inputs = make_random_inputs(kImages, {.batch = 4, .dims = {{"height", 7}}});
  ASSERT_TRUE(inputs) << inputs.error().message;
  EXPECT_EQ(inputs->at(0).shape(), (Shape{4, 3, 7, 1}));
}

TEST(RandomInputs, AreTheSameEveryTime) {
  EXPECT_TRUE(compare(make_random_inputs(kImages, {})->at(0), make_random_inputs(kImages, {})->at(0), {0, 0}).within);
}

TEST(RandomInputs, NameTheDimensionsThereAre) {
  const auto inputs = make_random_inputs(kImages, {.dims = {{"width", 7}}});
  ASSERT_FALSE(inputs);
  EXPECT_THAT(inputs.error().message, testing::HasSubstr("batch, height"));
}

TEST(RandomInputs, RefuseABatchThatAModelOfFixedBatchCannotTake) {
  const std::vector<TensorSpec> fixed = {{"x", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(3)}}}};
  EXPECT_FALSE(make_random_inputs(fixed, {.batch = 2, .dims = {}}));
  EXPECT_TRUE(make_random_inputs(fixed, {.batch = 1, .dims = {}}));
}

TEST(RandomInputs, ExistForEveryElementType) {
  for (int number = 1; number < kDTypeCount; ++number) {
    const std::vector<TensorSpec> specs = {{"x", static_cast<DType>(number), {{Dim::fixed(3)}}}};
    const auto inputs = make_random_inputs(specs, {});
    ASSERT_TRUE(inputs) << number << ": " << inputs.error().message;
    EXPECT_EQ(inputs->at(0).element_count(), 3U);
  }
}

TEST(RandomInputs, LeaveOptionalInputsOut) {
  std::vector<TensorSpec> specs = kImages;
  specs[0].optional = true;
  EXPECT_TRUE(make_random_inputs(specs, {})->at(0).empty());
}

TEST(RandomInputs, RefuseAModelThatDoesNotSayTheRank) {
  const std::vector<TensorSpec> specs = {{"x", DType::kFloat32, {.dims = {}, .unknown_rank = true}}};
  EXPECT_FALSE(make_random_inputs(specs, {}));
}

}  // namespace
}  // namespace tandem::bench
