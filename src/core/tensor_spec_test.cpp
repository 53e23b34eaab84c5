// SPDX-License-Identifier: Apache-2.0
// Tests of the sentences a wrong tensor gets.
#include "core/tensor_spec.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

const TensorSpec kSpec{"image", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(4)}}};

TEST(CheckMatches, AcceptsWhatFits) {
  EXPECT_TRUE(check_matches(kSpec, Tensor::allocate(DType::kFloat32, {9, 4}).value()));
}
TEST(CheckMatches, NamesTheDtypes) {
  EXPECT_EQ(check_matches(kSpec, Tensor::allocate(DType::kInt8, {9, 4}).value()).error().message,
            "'image': expected float32, got int8");
}
TEST(CheckMatches, NamesTheShapes) {
  EXPECT_EQ(check_matches(kSpec, Tensor::allocate(DType::kFloat32, {4}).value()).error().message,
            "'image': expected shape [batch,4], got [4]");
}
TEST(TensorSpecTest, PrintsNameTypeAndShape) { EXPECT_EQ(to_string(kSpec), "image: float32[batch,4]"); }

}  // namespace
}  // namespace tandem
