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
TEST(Weights, NamesTheMissingTensor) {
  Weights all = weights(named<float>("w", {1}));
  EXPECT_EQ(all.take("v", {1}).error().message, "the checkpoint has no tensor 'v'");
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

}  // namespace
}  // namespace tandem::convert
