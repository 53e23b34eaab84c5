// SPDX-License-Identifier: Apache-2.0
// Facts about golden vectors.
#include "formats/golden_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/npz_writer.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

ModelInfo model() {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, {{Dim::fixed(2)}}});
  info.outputs.push_back({"y", DType::kFloat32, {{Dim::fixed(2)}}});
  return info;
}

NamedTensor floats(std::string name) { return {std::move(name), *Tensor::from<float>({2}, std::vector<float>{1, 2})}; }

GoldenVector vector() {
  GoldenVector golden;
  golden.inputs.push_back(floats("x"));
  golden.outputs.push_back(floats("y"));
  golden.tolerance = 0.25;
  return golden;
}

std::string refusal(std::vector<NamedTensor> arrays) {
  const auto golden = read_golden(*write_npz(arrays), model());
  EXPECT_FALSE(golden);
  return golden ? "" : golden.error().message;
}

TEST(GoldenVector, WhatWasWrittenIsReadAgain) {
  const auto again = read_golden(*write_golden(vector()), model());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->inputs[0].name, "x");
  EXPECT_EQ(again->outputs[0].name, "y");
  EXPECT_EQ(again->tolerance, 0.25);
}

TEST(GoldenVector, HasAToleranceOfItsOwnWhenTheFileSaysNothing) {
  std::vector<NamedTensor> arrays;
  arrays.push_back(floats("x"));
  arrays.push_back(floats("y"));
  EXPECT_EQ(read_golden(*write_npz(arrays), model())->tolerance, kGoldenTolerance);
}

TEST(GoldenVector, RefusesAnArrayThatTheModelHasNot) {
  std::vector<NamedTensor> arrays;
  arrays.push_back(floats("z"));
  EXPECT_THAT(refusal(std::move(arrays)), HasSubstr("'z' is neither an input nor an output"));
}

TEST(GoldenVector, RefusesToTestNothing) {
  std::vector<NamedTensor> only_input;
  only_input.push_back(floats("x"));
  EXPECT_THAT(refusal(std::move(only_input)), HasSubstr("no array with the name of an output"));
  std::vector<NamedTensor> only_output;
  only_output.push_back(floats("y"));
  EXPECT_THAT(refusal(std::move(only_output)), HasSubstr("no array for the input x: float32[2]"));
}

TEST(GoldenVector, RefusesAToleranceThatIsNone) {
  std::vector<NamedTensor> arrays;
  arrays.push_back(floats("x"));
  arrays.push_back(floats("y"));
  arrays.push_back({"__tolerance__", *Tensor::from<double>({1}, std::vector<double>{-1})});
  EXPECT_THAT(refusal(std::move(arrays)), HasSubstr("must be one float64 from 0"));
}

}  // namespace
}  // namespace tandem
