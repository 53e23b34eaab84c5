// SPDX-License-Identifier: Apache-2.0
// What became of the nodes of small files, told by the names of values; the cases are what ONNX Runtime was seen to
// make.
#include "profile/node_fates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/profiles.h"

namespace tandem::profile {
namespace {

using namespace profiles;
using testing::ElementsAre;

class NodeFates : public testing::Test {
 protected:
  void file_node(const std::string& op, std::vector<std::string> inputs, std::vector<std::string> outputs) {
    graph::Node made;
    made.name = "/" + op;
    made.op_type = op;
    made.inputs = std::move(inputs);
    made.outputs = std::move(outputs);
    file_.nodes.push_back(std::move(made));
  }
  ProfiledNode& ran(const std::string& op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs) {
    profile_.nodes.push_back(named(op, inputs, outputs));
    return profile_.nodes.back();
  }
  void constant(const std::string& name) { file_.initializers.push_back({name, Tensor()}); }

  std::vector<Fate> fates() {
    report_ = follow_nodes(file_, profile_);
    std::vector<Fate> all;
    for (const NodeFate& fate : report_.fates) all.push_back(fate.fate);
    return all;
  }

  graph::Graph file_;
  ExecutionProfile profile_;
  FateReport report_;
};

TEST_F(NodeFates, ANodeWithItsOutputAndOperatorRan) {
  file_node("Relu", {"x"}, {"y"});
  ran("Relu", {"x"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kRan));
  EXPECT_THAT(report_.names, ElementsAre("/Relu"));
  EXPECT_TRUE(report_.added.empty());
}

TEST_F(NodeFates, AConvolutionWithNormalizationAndActivationIsOneNode) {
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("BatchNormalization", {"c", "s"}, {"b"});
  file_node("Relu", {"b"}, {"y"});
  ran("FusedConv", {"x", "w"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused, Fate::kFused, Fate::kFused));
  EXPECT_THAT(report_.names, ElementsAre("/Conv")) << "whose operator is in the name of the one that ran";
}

TEST_F(NodeFates, ANodeInAnotherLayoutStandsForTheValueInItsName) {
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("Relu", {"c"}, {"r"});
  file_node("Conv", {"r", "v"}, {"y"});
  ProfiledNode& first = ran("Conv", {"x", "w"}, {"reorder_1"});
  first.stands_for = {"r"};
  first.texts["activation"] = "Relu";
  ran("Conv", {"reorder_1", "v"}, {"reorder_2"}).stands_for = {"y"};
  ran("ReorderOutput", {"reorder_2"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused, Fate::kFused, Fate::kRan));
  EXPECT_THAT(report_.fates[0].executed, ElementsAre(0));
  EXPECT_THAT(report_.added, ElementsAre(2)) << "the change of layout is the engine's own";
}

TEST_F(NodeFates, ANormalizationBetweenConvolutionAndActivationIsTakenIn) {
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("BatchNormalization", {"c", "s"}, {"b"});
  file_node("Relu", {"b"}, {"r"});
  file_node("Conv", {"r", "v"}, {"y"});
  ProfiledNode& first = ran("Conv", {"x", "w"}, {"reorder_1"});
  first.stands_for = {"r"};
  first.texts["activation"] = "Relu";
  ran("Conv", {"reorder_1", "v"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused, Fate::kFused, Fate::kFused, Fate::kRan));
  EXPECT_THAT(report_.fates[1].executed, ElementsAre(0));
}

TEST_F(NodeFates, AResidualSumIsTakenIntoTheConvolutionBeforeIt) {
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("Add", {"c", "x"}, {"a"});
  file_node("Relu", {"a"}, {"r"});
  file_node("Conv", {"r", "v"}, {"y"});
  file_node("Conv", {"r", "u"}, {"z"});
  ProfiledNode& first = ran("Conv", {"x", "w", "x"}, {"reorder_1"});
  first.inputs[1].constant = true;
  first.stands_for = {"c"};
  first.texts["activation"] = "Relu";
  ran("Conv", {"reorder_1", "v"}, {"y"});
  ran("Conv", {"reorder_1", "u"}, {"z"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kRan, Fate::kFused, Fate::kFused, Fate::kRan, Fate::kRan));
  EXPECT_THAT(report_.fates[1].executed, ElementsAre(0));
  EXPECT_THAT(report_.fates[2].executed, ElementsAre(0));
}

TEST_F(NodeFates, EachConvolutionTakesOneSumIn) {
  file_node("Conv", {"x", "w"}, {"c1"});
  file_node("Add", {"x", "c1"}, {"a1"});
  file_node("Conv", {"a1", "v"}, {"c2"});
  file_node("Add", {"a1", "c2"}, {"a2"});
  file_node("Relu", {"a2"}, {"y"});
  for (const std::string& place : {std::string("1"), std::string("2")}) {
    ProfiledNode& made = ran("Conv", {"x", "w", "x"}, {"reorder_" + place});
    made.inputs[1].constant = true;
    made.stands_for = {"c" + place};
  }
  ran("Relu", {"reorder_2"}, {"y"});
  fates();
  EXPECT_THAT(report_.fates[1].executed, ElementsAre(0));
  EXPECT_THAT(report_.fates[3].executed, ElementsAre(1)) << "although the sum before it is the first of its inputs";
}

TEST_F(NodeFates, AConvolutionOnIntegersTakesItsQuantizationAndActivation) {
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("Relu", {"c"}, {"r"});
  file_node("QuantizeLinear", {"r"}, {"q"});
  file_node("DequantizeLinear", {"q"}, {"d"});
  file_node("MaxPool", {"d"}, {"y"});
  ran("QLinearConv", {"x", "w"}, {"nhwc"}).stands_for = {"/Conv"};
  ran("DequantizeLinear", {"nhwc"}, {"f"});
  ran("MaxPool", {"f"}, {"t"});
  ran("Transpose", {"t"}, {"y"});
  fates();
  EXPECT_THAT(report_.fates[0].executed, ElementsAre(0)) << "which is named after it";
  EXPECT_THAT(report_.fates[1].executed, ElementsAre(0));
  EXPECT_THAT(report_.fates[2].executed, ElementsAre(0));
  EXPECT_EQ(report_.fates[4].fate, Fate::kRan) << "the Transpose behind it is a change of layout";
  EXPECT_THAT(report_.fates[4].executed, ElementsAre(2));
}

TEST_F(NodeFates, ANameAloneDoesNotMakeAnotherOperatorTheSame) {
  file_node("Mul", {"x", "s"}, {"m"});
  file_node("Relu", {"m"}, {"y"});
  ran("Relu", {"x"}, {"y"}).stands_for = {"/Mul"};
  EXPECT_EQ(fates()[0], Fate::kUnknown);
}

TEST_F(NodeFates, AChangeOfLayoutDoesNobodysWork) {
  file_node("HardSwish", {"x"}, {"y"});
  ran("Mul", {"x", "s"}, {"reorder_1"});
  ran("ReorderOutput", {"reorder_1"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused));
  EXPECT_THAT(report_.fates[0].executed, ElementsAre(0));
  EXPECT_THAT(report_.added, ElementsAre(1));
}

TEST_F(NodeFates, ASumGoesForwardIntoAFusedNormalization) {
  file_node("Add", {"x", "s"}, {"a"});
  file_node("LayerNormalization", {"a", "g"}, {"y"});
  ran("SkipLayerNormalization", {"x", "s", "g"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused, Fate::kFused));
}

TEST_F(NodeFates, WhatIsMadeOfConstantsIsFolded) {
  constant("w");
  file_node("Transpose", {"w"}, {"t"});
  file_node("Relu", {"t"}, {"u"});
  file_node("MatMul", {"x", "u"}, {"y"});
  ran("MatMul", {"x", "u"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFolded, Fate::kFolded, Fate::kRan));
}

TEST_F(NodeFates, QuantizedWeightsGoIntoTheOperatorThatTakesThem) {
  constant("q");
  file_node("DequantizeLinear", {"q"}, {"w"});
  file_node("Conv", {"x", "w"}, {"c"});
  file_node("QuantizeLinear", {"c"}, {"y"});
  ran("QLinearConv", {"x", "q"}, {"y"});
  EXPECT_THAT(fates(), ElementsAre(Fate::kFused, Fate::kFused, Fate::kFused));
}

TEST_F(NodeFates, AnIdentityBeforeANodeThatRanIsRemovedOrTakenIn) {
  file_node("Identity", {"x"}, {"i"});
  file_node("Relu", {"i"}, {"y"});
  file_node("Tanh", {"i"}, {"z"});
  ran("Relu", {"x"}, {"y"});
  ran("Tanh", {"x"}, {"z"});
  EXPECT_EQ(fates()[0], Fate::kRemoved);
}

TEST_F(NodeFates, WhereTheNamesDoNotSayItIsUnknown) {
  file_node("Mul", {"x", "s"}, {"m"});
  file_node("Relu", {"m"}, {"y"});
  ran("Relu", {"x"}, {"y"});
  EXPECT_EQ(fates()[0], Fate::kUnknown);
}

TEST_F(NodeFates, WithoutNamesOfValuesNothingIsKnown) {
  file_node("Relu", {"x"}, {"y"});
  profile_.nodes.push_back(node("Relu", {}, {}));
  fates();
  EXPECT_FALSE(report_.known);
  EXPECT_EQ(report_.names.size(), 1U);
}

TEST_F(NodeFates, AFileWithALoopInItsNamesEnds) {
  file_node("Relu", {"y"}, {"x"});
  file_node("Relu", {"x"}, {"y"});
  ran("Relu", {"a"}, {"b"});
  EXPECT_EQ(fates().size(), 2U);
}

}  // namespace
}  // namespace tandem::profile
