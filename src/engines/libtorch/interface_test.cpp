// SPDX-License-Identifier: Apache-2.0
// What is found out of a network's inputs and outputs.
#include "engines/libtorch/interface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::libtorch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Argument kImage{"x", "Tensor", 1, false, false};
const Argument kMask{"mask", "Optional[Tensor]", 1, false, true};

TensorSpec traced(DType dtype, std::initializer_list<std::int64_t> sizes) {
  TensorSpec spec;
  spec.dtype = dtype;
  for (const std::int64_t size : sizes) spec.shape.dims.push_back(Dim::fixed(size));
  return spec;
}

std::vector<std::string> texts(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> texts;
  for (const TensorSpec& spec : specs) texts.push_back(to_string(spec));
  return texts;
}

TEST(LibTorchInputs, AreThoseOfTheTrace) {
  const auto inputs = name_inputs(std::vector{kImage}, std::vector{traced(DType::kInt64, {2, 3})}, {});
  EXPECT_THAT(texts(inputs->specs), ElementsAre("x: int64[2,3]"));
}

TEST(LibTorchInputs, AreWhatAPersonSaysBeforeTheTrace) {
  const std::vector<InputHint> hints = {{"x", DType::kUndefined, {-1, 3, -1}}};
  const auto inputs = name_inputs(std::vector{kImage}, std::vector{traced(DType::kFloat64, {2, 3, 8})}, hints);
  EXPECT_THAT(texts(inputs->specs), ElementsAre("x: float64[batch,3,x_2]"));
  EXPECT_THAT(inputs->tried, ElementsAre(Shape{2, 3, 8}));
}

TEST(LibTorchInputs, OfUnknownShapeAreAskedFor) {
  const auto inputs = name_inputs(std::vector{kImage}, {}, {});
  ASSERT_FALSE(inputs);
  EXPECT_THAT(inputs.error().message, HasSubstr("--input-shape x=1x3x224x224"));
}

TEST(LibTorchInputs, WithADefaultKeepItUnlessAskedFor) {
  const std::vector<TensorSpec> trace = {traced(DType::kFloat32, {1})};
  EXPECT_EQ(name_inputs(std::vector{kImage, kMask}, trace, {})->arguments, 1U);
  const std::vector<InputHint> hints = {{"mask", DType::kBool, {1}}};
  const auto asked = name_inputs(std::vector{kImage, kMask}, trace, hints);
  EXPECT_THAT(texts(asked->specs), ElementsAre("x: float32[1]", "mask: bool[1]"));
}

TEST(LibTorchInputs, OfATupleAreNamedOneByOne) {
  const Argument pair{"state", "Tuple[Tensor, Tensor]", 2, true, false};
  const std::vector<TensorSpec> trace = {traced(DType::kFloat32, {1}), traced(DType::kFloat32, {2})};
  const auto inputs = name_inputs(std::vector{pair}, trace, {});
  EXPECT_THAT(texts(inputs->specs), ElementsAre("state_0: float32[1]", "state_1: float32[2]"));
  EXPECT_EQ(inputs->arguments, 1U);
}

TEST(LibTorchInputs, ThatAreNoTensorsAreRefused) {
  const auto inputs = name_inputs(std::vector{Argument{"scale", "float", 0, false, false}}, {}, {});
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error().code, Code::kUnimplemented);
  EXPECT_THAT(inputs.error().message, HasSubstr("'scale' is of type float"));
}

TEST(LibTorchInputs, ThatTheNetworkLacksAreRefused) {
  const std::vector<InputHint> hints = {{"y", DType::kUndefined, {1}}};
  const auto inputs = name_inputs(std::vector{kImage}, std::vector{traced(DType::kFloat32, {1})}, hints);
  ASSERT_FALSE(inputs);
  EXPECT_THAT(inputs.error().message, HasSubstr("no input 'y'; it has x"));
}

TEST(LibTorchTrials, GrowWhereSizesAreOpenAndNothingIsKnown) {
  const std::vector<InputHint> hints = {{"x", DType::kUndefined, {-1, 3, -1, 8}}};
  const auto inputs = name_inputs(std::vector{kImage}, {}, hints);
  EXPECT_THAT(trial_shapes(*inputs, 0), ElementsAre(Shape{1, 3, 1, 8}));
  EXPECT_THAT(trial_shapes(*inputs, 2), ElementsAre(Shape{1, 3, 64, 8}));
  EXPECT_THAT(doubled_shapes(*inputs, trial_shapes(*inputs, 2)), ElementsAre(Shape{2, 3, 128, 8}));
}

TEST(LibTorchOutputs, AreOpenWhereTheyFollowTheInputs) {
  const std::vector<GivenOutput> first = {{"", DType::kFloat32, {1, 10, 4}}};
  const std::vector<GivenOutput> second = {{"", DType::kFloat32, {2, 10, 8}}};
  EXPECT_THAT(texts(*name_outputs(first, second, true)), ElementsAre("output: float32[batch,10,?]"));
}

TEST(LibTorchOutputs, AreFixedWhenTheInputsAre) {
  const std::vector<GivenOutput> outputs = {{"", DType::kFloat32, {1, 10}}, {"", DType::kBool, {}}};
  EXPECT_THAT(texts(*name_outputs(outputs, outputs, false)),
              ElementsAre("output_0: float32[1,10]", "output_1: bool[]"));
}

TEST(LibTorchOutputs, AreOpenWhereTheyDependOnValues) {
  const std::vector<GivenOutput> none = {{"boxes", DType::kFloat32, {0, 4}}};
  const std::vector<GivenOutput> some = {{"boxes", DType::kFloat32, {7, 4}}};
  EXPECT_THAT(texts(*name_outputs(none, some, false)), ElementsAre("boxes: float32[?,4]"));
}

TEST(LibTorchOutputs, AreOpenWhereNothingIsKnown) {
  const std::vector<GivenOutput> outputs = {{"", DType::kFloat32, {1, 10}}};
  EXPECT_THAT(texts(*name_outputs(outputs, std::nullopt, true)), ElementsAre("output: float32[batch,?]"));
}

TEST(LibTorchOutputs, WhoseNumberDependsOnValuesAreRefused) {
  const std::vector<GivenOutput> one = {{"", DType::kFloat32, {1}}};
  EXPECT_FALSE(name_outputs(one, std::vector<GivenOutput>{one[0], one[0]}, false));
  EXPECT_FALSE(name_outputs({}, std::nullopt, false));
}

}  // namespace
}  // namespace tandem::libtorch
