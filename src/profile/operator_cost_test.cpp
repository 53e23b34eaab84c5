// SPDX-License-Identifier: Apache-2.0
// Operations and bytes of operators whose figures can be computed by hand.
#include "profile/operator_cost.h"

#include <gtest/gtest.h>

#include "profile/operator_rules.h"
#include "support/profiles.h"

namespace tandem::profile {
namespace {

using namespace profiles;

struct CountedCase {
  const char* what;
  ProfiledNode node;
  double flops;
};

ProfiledNode with_integers(ProfiledNode node, const std::string& name, std::vector<std::int64_t> values) {
  node.integers[name] = std::move(values);
  return node;
}

ProfiledNode einsum_node(const std::string& equation) {
  ProfiledNode made = node("Einsum", {value("a", {2, 3, 4}), value("b", {2, 4, 5})}, {value("y", {2, 3, 5})});
  made.texts["equation"] = equation;
  return made;
}

ProfiledNode in_domain(ProfiledNode node, const std::string& domain) {
  node.domain = domain;
  return node;
}

std::vector<CountedCase> counted_cases() {
  return {
      {"ResNet's first convolution",
       node("Conv", {value("x", {1, 3, 224, 224}), weight("w", {64, 3, 7, 7})}, {value("y", {1, 64, 112, 112})}),
       2.0 * 64 * 112 * 112 * 3 * 49},
      {"a depthwise convolution",
       node("Conv", {value("x", {1, 32, 10, 10}), weight("w", {32, 1, 3, 3})}, {value("y", {1, 32, 10, 10})}),
       2.0 * 3200 * 9},
      {"a quantized convolution, its weights fourth",
       node("QLinearConv",
            {value("x", {1, 8, 4, 4}, DType::kUint8), weight("s", {}), weight("z", {}, DType::kUint8),
             weight("w", {16, 8, 1, 1}, DType::kInt8)},
            {value("y", {1, 16, 4, 4}, DType::kUint8)}),
       2.0 * 256 * 8},
      {"a transposed convolution",
       node("ConvTranspose", {value("x", {1, 8, 4, 4}), weight("w", {8, 2, 2, 2})}, {value("y", {1, 2, 8, 8})}),
       2.0 * 128 * 8},
      {"a product of batches of matrices",
       node("MatMul", {value("a", {2, 5, 7}), value("b", {2, 7, 3})}, {value("y", {2, 5, 3})}), 2.0 * 30 * 7},
      {"a product with the left matrix transposed",
       with_integers(node("Gemm", {value("a", {7, 5}), weight("b", {7, 3})}, {value("y", {5, 3})}), "transA", {1}),
       2.0 * 15 * 7},
      {"an Einsum", einsum_node("bij,bjk->bik"), 2.0 * 2 * 3 * 4 * 5},
      {"an LSTM",
       node("LSTM", {value("x", {6, 2, 10}), weight("w", {1, 32, 10}), weight("r", {1, 32, 8})},
            {value("y", {6, 1, 2, 8})}),
       2.0 * 12 * (320 + 256)},
      {"attention of three",
       node("MultiHeadAttention", {value("q", {2, 5, 8}), value("k", {2, 7, 8}), value("v", {2, 7, 6})},
            {value("y", {2, 5, 6})}),
       2.0 * 10 * 7 * (8 + 6)},
      {"attention with its projections",
       in_domain(node("Attention", {value("x", {2, 5, 8}), weight("w", {8, 24})}, {value("y", {2, 5, 8})}),
                 "com.microsoft"),
       2.0 * 10 * 24 * 8 + 2.0 * 10 * 5 * 16},
      {"ONNX's own attention",
       node("Attention", {value("q", {1, 4, 5, 8}), value("k", {1, 4, 7, 8}), value("v", {1, 4, 7, 8})},
            {value("y", {1, 4, 5, 8})}),
       2.0 * 20 * 7 * 16},
      {"pooling",
       with_integers(node("MaxPool", {value("x", {1, 4, 8, 8})}, {value("y", {1, 4, 4, 4})}), "kernel_shape", {3, 3}),
       9.0 * 64},
      {"pooling over all", node("GlobalAveragePool", {value("x", {1, 4, 8, 8})}, {value("y", {1, 4, 1, 1})}), 256},
      {"a sum of three", node("Sum", {value("a", {4}), value("b", {4}), value("c", {4})}, {value("y", {4})}), 8},
      {"an activation", node("Relu", {value("x", {3, 5})}, {value("y", {3, 5})}), 15},
      {"layer normalization", node("LayerNormalization", {value("x", {2, 8}), weight("s", {8})}, {value("y", {2, 8})}),
       7.0 * 16},
      {"a shape", node("Shape", {value("x", {2, 8})}, {value("y", {2}, DType::kInt64)}), 0},
      {"repeated pixels", node("Resize", {value("x", {1, 1, 2, 2})}, {value("y", {1, 1, 4, 4})}), 0},
  };
}

TEST(OperatorCost, CountsOperationsAsByHand) {
  for (const CountedCase& counted : counted_cases()) {
    const OperatorCost cost = cost_of(counted.node);
    ASSERT_TRUE(cost.flops) << counted.what;
    EXPECT_DOUBLE_EQ(*cost.flops, counted.flops) << counted.what;
    EXPECT_FALSE(cost.formula.empty()) << counted.what;
  }
}

TEST(OperatorCost, WhatIsNotKnownIsNotZero) {
  ProfiledNode linear = node("Resize", {value("x", {1, 1, 2, 2})}, {value("y", {1, 1, 4, 4})});
  linear.texts["mode"] = "linear";
  ProfiledValue shapeless;
  const std::vector<ProfiledNode> nodes = {
      node("NobodyKnowsThis", {value("x", {2})}, {value("y", {2})}),
      node("Conv", {value("x", {1, 3, 8, 8})}, {value("y", {1, 4, 8, 8})}),  // no weights told
      node("MaxPool", {value("x", {1, 4, 8, 8})}, {value("y", {1, 4, 4, 4})}),
      node("MatMul", {shapeless, shapeless}, {value("y", {2, 2})}),
      node("Relu", {value("x", {2})}, {}),
      einsum_node("...ij,...jk->...ik"),
      einsum_node("ij,jk->ik"),
      linear,
  };
  for (const ProfiledNode& unknown : nodes) EXPECT_FALSE(cost_of(unknown).flops) << unknown.op;
}

TEST(OperatorCost, BytesAreInputsWeightsAndOutputs) {
  const auto conv =
      node("Conv", {value("x", {1, 3, 8, 8}), weight("w", {4, 3, 3, 3})}, {value("y", {1, 4, 6, 6}, DType::kFloat16)});
  EXPECT_DOUBLE_EQ(*cost_of(conv).bytes, 4.0 * 192 + 4.0 * 108 + 2.0 * 144);
}

TEST(OperatorCost, GatheringTouchesOnlyWhatItPicks) {
  const auto gather =
      node("Gather", {weight("table", {30'000, 8}), value("i", {4}, DType::kInt64)}, {value("y", {4, 8})});
  EXPECT_DOUBLE_EQ(*cost_of(gather).bytes, 8.0 * 4 + 2 * 4.0 * 32);
}

TEST(OperatorCost, NobodyKnowsWhetherAReshapeCopies) {
  EXPECT_FALSE(cost_of(node("Reshape", {value("x", {4})}, {value("y", {2, 2})})).bytes);
}

TEST(OperatorCost, PackedAndMissingTypesHaveTheirBytes) {
  EXPECT_DOUBLE_EQ(*bytes_of(value("x", {6}, DType::kInt4)), 3);
  EXPECT_FALSE(bytes_of(value("x", {6}, DType::kString)));
  EXPECT_FALSE(bytes_of(ProfiledValue()));
}

TEST(OperatorCost, LabelsEndTheDomain) {
  EXPECT_EQ(operator_label(node("Conv", {}, {})), "Conv");
  EXPECT_EQ(operator_label(in_domain(node("Conv", {}, {}), "com.microsoft.nchwc")), "nchwc.Conv");
  EXPECT_EQ(operator_label(in_domain(node("Mine", {}, {}), "mine")), "mine.Mine");
}

}  // namespace
}  // namespace tandem::profile
