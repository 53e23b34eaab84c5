// SPDX-License-Identifier: Apache-2.0
// Look-ups with the right and the wrong shape, conversions, and what was not taken.
#include "convert/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/half.h"

namespace tandem::convert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <typename T>
NamedTensor named(std::string name, std::vector<T> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return {std::move(name), Tensor::from<T>(shape, values).value()};
}

Weights weights(NamedTensor tensor) {
  std::vector<NamedTensor> tensors;
  tensors.push_back(std::move(tensor));
  return Weights(std::move(tensors));
}

TEST(Weights, GivesFloatsAsTheyAre) {
  Weights all = weights(named<float>("w", {1, 2}));
  EXPECT_THAT(all.take("w", {2}).value().values<float>(), ElementsAre(1, 2));
}
TEST(Weights, ConvertsDoubles) {
  Weights all = weights(named<double>("w", {0.5}));
  EXPECT_THAT(all.take("w", {1}).value().values<float>(), ElementsAre(0.5F));
}
TEST(Weights, ConvertsHalfPrecision) {
  Weights all = weights(named<Float16>("w", {to_float16(0.25F)}));
  EXPECT_THAT(all.take("w", {1}).value().values<float>(), ElementsAre(0.25F));
}
TEST(Weights, RefusesIntegers) {
  Weights all = weights(named<std::int64_t>("w", {1}));
  EXPECT_THAT(all.take("w", {1}).error().message, HasSubstr("'w' is int64: expected a floating-point tensor"));
}
TEST(Weights, GivesZerosForAMissingTensor) {
  Weights all = weights(named<float>("w", {1}));
  EXPECT_THAT(all.take("v", {2}).value().values<float>(), ElementsAre(0, 0));
}
TEST(Weights, RemembersWhatIsMissingWithItsShape) {
  Weights all = weights(named<float>("w", {1}));
  ASSERT_TRUE(all.take("v", {2, 3}));
  ASSERT_EQ(all.missing().size(), 1U);
  EXPECT_EQ(all.missing()[0].name, "v");
  EXPECT_EQ(all.missing()[0].shape, (Shape{2, 3}));
}
TEST(Weights, RefusesAMissingTensorOfHostileSize) {
  Weights all = weights(named<float>("w", {1}));
  EXPECT_EQ(all.take("v", {1 << 20, 1 << 20}).error().code, Code::kResourceExhausted);
}
TEST(Weights, NamesTheExpectedShape) {
  Weights all = weights(named<float>("w", {1, 2}));
  EXPECT_EQ(all.take("w", {2, 1}).error().message, "the tensor 'w' has the shape [2]: expected [2,1]");
}
TEST(Weights, TellsWhatWasNotTaken) {
  std::vector<NamedTensor> tensors;
  tensors.push_back(named<float>("a", {1}));
  tensors.push_back(named<float>("b", {1}));
  Weights all(std::move(tensors));
  ASSERT_TRUE(all.take("a", {1}));
  EXPECT_THAT(all.unused(), ElementsAre("b"));
}
TEST(Weights, CountsNoIntegersAmongTheUnused) {
  const Weights all = weights(named<std::int64_t>("num_batches_tracked", {7}));
  EXPECT_THAT(all.unused(), IsEmpty());
}
TEST(Weights, LeavesWhatOnlyTrainingUses) {
  std::vector<NamedTensor> tensors;
  for (const char* name : {"aux.a", "aux.b", "auxiliary"}) tensors.push_back(named<float>(name, {1}));
  Weights all(std::move(tensors));
  all.leave("aux.");
  EXPECT_THAT(all.unused(), ElementsAre("auxiliary"));
}

}  // namespace
}  // namespace tandem::convert
