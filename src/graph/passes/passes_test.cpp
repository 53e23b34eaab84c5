// SPDX-License-Identifier: Apache-2.0
// Each pass on the smallest graph that it changes, and on its neighbour that it must leave alone.
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/passes/pass.h"
#include "graph/verify.h"
#include "support/graph_test.h"
#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::count;
using small_networks::node;

class Passes : public GraphTest {
 protected:
  Passes() { output("y"); }

  void transpose(const std::string& from, const std::string& to, const Integers& order) {
    add("Transpose", {from}, {to}).attributes.emplace("perm", order);
  }
  void cast(const std::string& from, const std::string& to, DType dtype) {
    add("Cast", {from}, {to}).attributes.emplace("to", static_cast<std::int64_t>(dtype));
  }
  std::size_t run(PassFunction pass) {
    const auto changes = pass(model_, PassLimits{});
    if (!changes) throw std::runtime_error(changes.error().message);
    const Status sound = verify(model_);
    if (!sound) throw std::runtime_error(sound.error().message);
    return *changes;
  }
};

TEST_F(Passes, AnIdentityBeforeTheOutputGivesItItsName) {
  add("Relu", {"x"}, {"a"});
  add("Identity", {"a"}, {"y"});
  EXPECT_EQ(run(remove_identities), 1U);
  ASSERT_EQ(graph().nodes.size(), 1U);
  EXPECT_EQ(graph().nodes[0].outputs[0], "y");
}

TEST_F(Passes, AnIdentityFromInputToOutputStays) {
  add("Identity", {"x"}, {"y"});
  EXPECT_EQ(run(remove_identities), 0U);
}

TEST_F(Passes, OfTwoOutputsFromOneValueOneKeepsItsIdentity) {
  add("Relu", {"x"}, {"a"});
  add("Identity", {"a"}, {"y"});
  add("Identity", {"a"}, {"z"});
  output("z");
  EXPECT_EQ(run(remove_identities), 1U);
  EXPECT_EQ(count(graph(), "Identity"), 1U);
}

TEST_F(Passes, ADropoutWhoseMaskIsUsedStays) {
  add("Dropout", {"x"}, {"a", "mask"});
  cast("mask", "y", DType::kFloat32);
  EXPECT_EQ(run(remove_identities), 0U);
}

TEST_F(Passes, AValueThatASubgraphUsesIsReplacedThere) {
  add("Identity", {"x"}, {"a"});
  auto branch = std::make_unique<Graph>();
  branch->nodes.push_back(node("Relu", {"a"}, {"inside"}));
  branch->outputs.push_back({"inside", DType::kFloat32, {{}, true}, false});
  add("If", {"x"}, {"y"}).attributes.emplace("then_branch", std::move(branch));
  EXPECT_EQ(run(remove_identities), 1U);
  const auto& inner = *std::get<std::unique_ptr<Graph>>(graph().nodes[0].attributes.at("then_branch"));
  EXPECT_EQ(inner.nodes[0].inputs[0], "x");
}

TEST_F(Passes, ASizeOfAFixedDimensionBecomesAConstant) {
  integers("two", {2});
  add("Shape", {"x"}, {"shape"});
  add("Gather", {"shape", "two"}, {"height"});
  cast("height", "y", DType::kFloat32);
  EXPECT_EQ(run(fold_constants), 1U);
  EXPECT_EQ(graph().find_initializer("height")->tensor.values<std::int64_t>()[0], 8);
}

TEST_F(Passes, ALargeConstantIsNotMadeOfASmallOne) {
  integers("sizes", {1024, 1024});
  add("ConstantOfShape", {"sizes"}, {"zeros"});
  add("Add", {"x", "zeros"}, {"y"});
  EXPECT_EQ(run(fold_constants), 0U);
}

TEST_F(Passes, ATransposedWeightIsStoredTransposed) {
  small_networks::weight(graph(), "w", {512, 512});
  transpose("w", "wt", {1, 0});
  add("MatMul", {"x", "wt"}, {"y"});
  EXPECT_EQ(run(fold_constants), 1U);
  EXPECT_EQ(graph().initializers.size(), 1U);
}

TEST_F(Passes, ACastOfAWideningCastIsOne) {
  cast("x", "wide", DType::kFloat64);
  cast("wide", "y", DType::kFloat16);
  EXPECT_EQ(run(merge_casts), 1U);
  EXPECT_EQ(graph().nodes[1].inputs[0], "x");
}

TEST_F(Passes, ACastOfANarrowingCastStays) {
  cast("x", "narrow", DType::kInt32);
  cast("narrow", "y", DType::kFloat32);
  EXPECT_EQ(run(merge_casts), 0U);
}

TEST_F(Passes, AnUnsqueezeOfAFlattenIsAReshape) {
  integers("axis", {1});
  add("Flatten", {"x"}, {"flat"});
  add("Unsqueeze", {"flat", "axis"}, {"y"});
  EXPECT_EQ(run(merge_reshapes), 1U);
  ASSERT_EQ(graph().nodes.size(), 1U);
  const Tensor& target = graph().find_initializer(graph().nodes[0].inputs[1])->tensor;
  EXPECT_EQ(Integers(target.values<std::int64_t>().begin(), target.values<std::int64_t>().end()),
            (Integers{-1, 1, 128}));
}

TEST_F(Passes, AReshapeThereAndBackIsNothing) {
  integers("flat", {0, 128});
  integers("back", {-1, 2, 8, 8});
  add("Relu", {"x"}, {"a"});
  add("Reshape", {"a", "flat"}, {"b"});
  add("Reshape", {"b", "back"}, {"y"});
  EXPECT_EQ(run(merge_reshapes), 1U);
  EXPECT_EQ(graph().nodes.size(), 1U);
}

TEST_F(Passes, AReshapeThatSomethingElseUsesStays) {
  integers("flat", {-1, 128});
  integers("back", {-1, 2, 64});
  add("Reshape", {"x", "flat"}, {"b"});
  add("Reshape", {"b", "back"}, {"y"});
  add("Relu", {"b"}, {"z"});
  EXPECT_EQ(run(merge_reshapes), 0U);
}

TEST_F(Passes, TransposesCancelOutPastElementwiseOperators) {
  small_networks::weight(graph(), "bias", {2});
  transpose("x", "a", {0, 2, 3, 1});
  add("Add", {"a", "bias"}, {"b"});
  add("Relu", {"b"}, {"c"});
  transpose("c", "d", {0, 3, 1, 2});
  add("Sigmoid", {"d"}, {"y"});
  EXPECT_EQ(run(merge_transposes), 2U);
  EXPECT_EQ(count(graph(), "Transpose"), 0U);
  EXPECT_EQ(graph().initializers[0].tensor.shape(), (Shape{1, 2, 1, 1}));
}

TEST_F(Passes, TwoTransposesOfASumBecomeOne) {
  small_networks::weight(graph(), "w", {2, 2, 1, 1});
  add("Conv", {"x", "w"}, {"c"});
  transpose("x", "a", {0, 2, 3, 1});
  transpose("c", "b", {0, 2, 3, 1});
  add("Add", {"a", "b"}, {"y"});
  EXPECT_EQ(run(merge_transposes), 1U);
  EXPECT_EQ(count(graph(), "Transpose"), 1U);
}

TEST_F(Passes, AConcatOfTransposesJoinsAlongTheAxisBefore) {
  transpose("x", "a", {0, 2, 3, 1});
  add("Relu", {"x"}, {"r"});
  transpose("r", "b", {0, 2, 3, 1});
  add("Concat", {"a", "b"}, {"y"}).attributes.emplace("axis", std::int64_t{3});
  EXPECT_EQ(run(merge_transposes), 1U);
  const auto concat =
      std::find_if(graph().nodes.begin(), graph().nodes.end(), [](const Node& one) { return one.is("Concat"); });
  EXPECT_EQ(concat->integer("axis", -1), 1);
}

TEST_F(Passes, ATransposeThatNothingCancelsStaysWhereItIs) {
  transpose("x", "a", {0, 2, 3, 1});
  add("Relu", {"a"}, {"y"});
  EXPECT_EQ(run(merge_transposes), 0U);
  EXPECT_EQ(graph().nodes[0].op_type, "Transpose");
}

TEST_F(Passes, AConvolutionTakesThePaddingIn) {
  small_networks::weight(graph(), "w", {2, 2, 3, 3});
  integers("pads", {0, 0, 1, 2, 0, 0, 3, 4});
  add("Pad", {"x", "pads"}, {"padded"});
  add("Conv", {"padded", "w"}, {"y"}).attributes.emplace("pads", Integers{1, 1, 1, 1});
  EXPECT_EQ(run(fold_pads), 1U);
  EXPECT_EQ(*graph().nodes[0].attribute<Integers>("pads"), (Integers{2, 3, 4, 5}));
}

TEST_F(Passes, APaddingByReflectionStays) {
  small_networks::weight(graph(), "w", {2, 2, 3, 3});
  integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  add("Pad", {"x", "pads"}, {"padded"}).attributes.emplace("mode", std::string("reflect"));
  add("Conv", {"padded", "w"}, {"y"});
  EXPECT_EQ(run(fold_pads), 0U);
}

TEST_F(Passes, EqualConstantsAreStoredOnce) {
  integers("a", {1, 2});
  integers("b", {1, 2});
  integers("c", {1, 3});
  add("Mystery", {"x", "a", "b", "c"}, {"y"});
  EXPECT_EQ(run(share_initializers), 1U);
  EXPECT_EQ(graph().nodes[0].inputs[2], "a");
  EXPECT_EQ(graph().nodes[0].inputs[3], "c");
}

TEST_F(Passes, WhatNoOutputNeedsIsTakenOut) {
  small_networks::weight(graph(), "w", {2});
  add("Relu", {"x"}, {"y"});
  add("Add", {"x", "w"}, {"a"});
  add("Relu", {"a"}, {"b"});
  graph().values.push_back({"a", DType::kFloat32, {{}, true}, false});
  EXPECT_EQ(run(remove_dead_nodes), 3U);
  EXPECT_EQ(graph().nodes.size(), 1U);
  EXPECT_TRUE(graph().values.empty());
}

TEST_F(Passes, ShapesAreNotedOfWhatLiesBetween) {
  add("Relu", {"x"}, {"a"});
  add("Relu", {"a"}, {"y"});
  EXPECT_EQ(run(note_shapes), 1U);
  EXPECT_EQ(to_string(graph().values[0].shape), "[batch,2,8,8]");
}

}  // namespace
}  // namespace tandem::graph
