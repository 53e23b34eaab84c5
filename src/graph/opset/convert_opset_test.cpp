// SPDX-License-Identifier: Apache-2.0
// Rules one by one; that results stay the same is for the conformance suite, which runs the models.
#include "graph/opset/convert_opset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/opset/operator_history.h"
#include "graph/opset/opset_rules.h"
#include "support/graph_test.h"
#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::count;
using small_networks::node;
using testing::HasSubstr;

class ConvertOpset : public GraphTest {
 protected:
  ConvertOpset() { output("y"); }

  std::string refusal(std::int64_t opset) {
    const Status status = convert_opset(model_, opset);
    return status ? "" : status.error().message;
  }
};

TEST_F(ConvertOpset, ReducedAxesBecomeAnInput) {
  add("ReduceMean", {"x"}, {"y"}).attributes.emplace("axes", Integers{2, 3});
  EXPECT_EQ(refusal(18), "");
  EXPECT_EQ(graph().nodes[0].inputs.size(), 2U);
  EXPECT_EQ(model_.opset(), 18);
}

TEST_F(ConvertOpset, ReducedAxesBecomeAnAttributeAgain) {
  model_.opsets[""] = 18;
  integers("axes", {2, 3});
  add("ReduceMean", {"x", "axes"}, {"y"});
  EXPECT_EQ(refusal(17), "");
  EXPECT_EQ(*graph().nodes[0].attribute<Integers>("axes"), (Integers{2, 3}));
  EXPECT_TRUE(graph().initializers.empty());
}

TEST_F(ConvertOpset, AxesThatAreComputedAreRefused) {
  graph().inputs.push_back({"axes", DType::kInt64, {{Dim::fixed(1)}, false}, false});
  add("Squeeze", {"x", "axes"}, {"y"}).name = "squeezed";
  EXPECT_THAT(refusal(12), HasSubstr("Squeeze (node 'squeezed') needs opset 13 or higher"));
}

TEST_F(ConvertOpset, ALayerNormalizationIsTakenApart) {
  small_networks::weight(graph(), "scale", {8});
  add("LayerNormalization", {"x", "scale"}, {"y"});
  EXPECT_EQ(refusal(11), "");
  EXPECT_EQ(count(graph(), "LayerNormalization"), 0U);
  EXPECT_EQ(count(graph(), "ReduceMean"), 2U);
}

TEST_F(ConvertOpset, ASoftmaxOnAnInnerAxisTurnsTheAxesAround) {
  add("Softmax", {"x"}, {"y"}).attributes.emplace("axis", std::int64_t{1});
  EXPECT_EQ(refusal(11), "");
  EXPECT_EQ(count(graph(), "Transpose"), 2U);
  EXPECT_EQ(graph().nodes[1].integer("axis", 0), 3);
}

TEST_F(ConvertOpset, AnOldSoftmaxOverSeveralAxesIsFlattened) {
  model_.opsets[""] = 11;
  add("Softmax", {"x"}, {"y"});
  EXPECT_EQ(refusal(17), "");
  EXPECT_EQ(count(graph(), "Flatten"), 1U);
}

TEST_F(ConvertOpset, WhatAnOpsetDoesNotHaveIsRefusedWithTheLowestThatDoes) {
  graph().inputs.push_back(small_networks::edge("grid", {4, 4, 2}));
  add("GridSample", {"x", "grid"}, {"y"}).name = "warp";
  EXPECT_EQ(refusal(15), "GridSample (node 'warp') needs opset 16 or higher: there is no such operator before");
}

TEST_F(ConvertOpset, TheBitsOfIntegersAreTakenApart) {
  model_.opsets[""] = 18;
  graph().inputs[0].dtype = DType::kInt32;
  graph().outputs[0].dtype = DType::kInt32;
  add("BitwiseXor", {"x", "x"}, {"y"});
  EXPECT_EQ(refusal(17), "");
  EXPECT_EQ(count(graph(), "BitwiseXor"), 0U);
  EXPECT_EQ(count(graph(), "Xor"), 1U);
}

TEST_F(ConvertOpset, AScatterOfTheLargestIsRefusedBefore18) {
  model_.opsets[""] = 18;
  add("ScatterElements", {"x", "x", "x"}, {"y"}).attributes.emplace("reduction", std::string("max"));
  EXPECT_EQ(refusal(17), "ScatterElements (node 'y') needs opset 18 or higher: its reduction is max");
}

TEST_F(ConvertOpset, ATypeThatAnOpsetDoesNotTakeIsRefused) {
  graph().inputs[0].dtype = DType::kBfloat16;
  add("Add", {"x", "x"}, {"y"});
  EXPECT_THAT(refusal(12), HasSubstr("Add (node 'y') needs opset 13 or higher: before, it is not there for the types"));
}

TEST_F(ConvertOpset, OldClipsAndPadsTakeTheirNumbersAsInputs) {
  model_.opsets[""] = 10;
  add("Clip", {"x"}, {"a"}).attributes.emplace("max", 6.0F);
  add("Pad", {"a"}, {"y"}).attributes.emplace("pads", Integers{0, 0, 1, 1, 0, 0, 1, 1});
  EXPECT_EQ(refusal(17), "");
  EXPECT_EQ(graph().nodes[0].inputs.size(), 3U);
  EXPECT_EQ(graph().nodes[0].inputs[1], "");
  EXPECT_TRUE(graph().nodes[1].attributes.empty());
}

TEST_F(ConvertOpset, NodesInSubgraphsAreConverted) {
  auto branch = std::make_unique<Graph>();
  branch->nodes.push_back(node("HardSwish", {"x"}, {"inside"}));
  branch->outputs.push_back({"inside", DType::kFloat32, {{}, true}, false});
  graph().inputs.push_back({"which", DType::kBool, {}, false});
  add("If", {"which"}, {"y"}).attributes.emplace("then_branch", std::move(branch));
  EXPECT_EQ(refusal(13), "");
  const auto& inner = *std::get<std::unique_ptr<Graph>>(graph().nodes[0].attributes.at("then_branch"));
  EXPECT_EQ(inner.nodes.size(), 2U);
}

TEST_F(ConvertOpset, TheIrVersionIsThatOfTheOpset) {
  add("Relu", {"x"}, {"y"});
  EXPECT_EQ(refusal(11), "");
  EXPECT_EQ(model_.ir_version, 6);
  EXPECT_EQ(refusal(21), "");
  EXPECT_EQ(model_.ir_version, 10);
}

TEST_F(ConvertOpset, OnlyOpsets11To21AreWritten) {
  add("Relu", {"x"}, {"y"});
  EXPECT_THAT(refusal(10), HasSubstr("11 to 21"));
  EXPECT_THAT(refusal(22), HasSubstr("11 to 21"));
}

TEST(OpsetRules, StandAtAnOpsetInWhichTheOperatorCameOrChanged) {
  for (const auto table : {input_rules(), attribute_rules(), meaning_rules(), decomposition_rules()}) {
    for (const OpsetRule& rule : table) {
      bool found = false;
      for (const OperatorVersion& version : operator_history(rule.op)) found = found || version.since == rule.version;
      EXPECT_TRUE(found) << rule.op << " " << rule.version;
    }
  }
}

}  // namespace
}  // namespace tandem::graph
