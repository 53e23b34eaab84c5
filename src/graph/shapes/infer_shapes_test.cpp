// SPDX-License-Identifier: Apache-2.0
// Shapes of small graphs, by ONNX's rules; what cannot be told must stay unknown.
#include "graph/shapes/infer_shapes.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/graph_test.h"
#include "support/small_networks.h"

namespace tandem::graph {
namespace {

class InferShapes : public GraphTest {
 protected:
  void number(const std::string& name, std::int64_t value) {
    graph().initializers.push_back({name, Tensor::from<std::int64_t>({}, std::vector{value}).value()});
  }
  std::string shape_of(const std::string& value) { return to_string(facts_of(infer_shapes(graph()), value).shape); }
};

TEST_F(InferShapes, FollowsAConvolutionalNetwork) {
  graph() = std::move(small_networks::convolutional().graph);
  EXPECT_EQ(shape_of("conv1"), "[batch,6,8,8]");
  EXPECT_EQ(shape_of("pool"), "[batch,6,4,4]");
  EXPECT_EQ(shape_of("flat"), "[batch,64]");
  EXPECT_EQ(shape_of("y"), "[batch,5]");
}

TEST_F(InferShapes, FollowsADimensionThroughShapeArithmetic) {
  number("zero", 0);
  integers("axis", {0});
  integers("rest", {-1});
  add("Shape", {"x"}, {"shape"});
  add("Gather", {"shape", "zero"}, {"batch_number"});
  add("Unsqueeze", {"batch_number", "axis"}, {"batch_list"});
  add("Concat", {"batch_list", "rest"}, {"target"}).attributes.emplace("axis", std::int64_t{0});
  add("Reshape", {"x", "target"}, {"y"});
  EXPECT_EQ(shape_of("y"), "[batch,128]");
}

TEST_F(InferShapes, TakesDimensionsApartInASplitThatDoesNotDivide) {
  Node& split = add("Split", {"x"}, {"a", "b", "c"});
  split.attributes.emplace("axis", std::int64_t{2});
  split.attributes.emplace("num_outputs", std::int64_t{3});
  EXPECT_EQ(shape_of("a"), "[batch,2,3,8]");
  EXPECT_EQ(shape_of("c"), "[batch,2,2,8]");
}

TEST_F(InferShapes, KeepsAWholeSymbolicAxisInASlice) {
  integers("starts", {0, 1});
  integers("ends", {std::numeric_limits<std::int64_t>::max(), -1});
  integers("axes", {0, 3});
  add("Slice", {"x", "starts", "ends", "axes"}, {"y"});
  EXPECT_EQ(shape_of("y"), "[batch,2,8,6]");
}

TEST_F(InferShapes, BroadcastsFromTheLastDimension) {
  small_networks::weight(graph(), "w", {8, 1});
  add("Add", {"w", "x"}, {"y"});
  EXPECT_EQ(shape_of("y"), "[batch,2,8,8]");
}

TEST_F(InferShapes, FollowsTheLettersOfAnEinsum) {
  small_networks::weight(graph(), "w", {8, 5});
  add("Einsum", {"x", "w"}, {"y"}).attributes.emplace("equation", std::string("b c h w, w k -> k h b"));
  EXPECT_EQ(shape_of("y"), "[5,8,batch]");
}

TEST_F(InferShapes, FollowsTheDotsOfAnEinsum) {
  small_networks::weight(graph(), "w", {8, 5});
  add("Einsum", {"x", "w"}, {"y"}).attributes.emplace("equation", std::string("...ij,jk->k...i"));
  EXPECT_EQ(shape_of("y"), "[5,batch,2,8]");
}

TEST_F(InferShapes, AnEinsumWithoutAnArrowKeepsTheLettersThatStandOnce) {
  small_networks::weight(graph(), "w", {8, 5});
  add("Einsum", {"x", "w"}, {"y"}).attributes.emplace("equation", std::string("...zj,ja"));
  EXPECT_EQ(shape_of("y"), "[batch,2,5,8]");
}

TEST_F(InferShapes, SaysNothingOfAnEinsumThatDoesNotFit) {
  for (const char* equation : {"ij->i", "b.chw->b", "bchw,ij->b", "...bchwxyz", "->", "bchw->b#"}) {
    graph().nodes.clear();
    add("Einsum", {"x"}, {"y"}).attributes.emplace("equation", std::string(equation));
    EXPECT_EQ(shape_of("y"), "[...]") << equation;
  }
}

TEST_F(InferShapes, SaysNothingOfAnUnknownOperator) {
  add("Mystery", {"x"}, {"y"});
  add("Relu", {"y"}, {"z"});
  EXPECT_EQ(shape_of("z"), "[...]");
  EXPECT_EQ(facts_of(infer_shapes(graph()), "z").dtype, DType::kUndefined);
}

TEST_F(InferShapes, SaysNothingOfAnotherDomainsOperator) {
  add("Relu", {"x"}, {"y"}).domain = "com.example";
  EXPECT_EQ(shape_of("y"), "[...]");
}

TEST_F(InferShapes, LeavesTheSumOfASymbolUnknown) {
  Node& concat = add("Concat", {"x", "x"}, {"y"});
  concat.attributes.emplace("axis", std::int64_t{0});
  EXPECT_EQ(shape_of("y"), "[?,2,8,8]");
}

TEST_F(InferShapes, LeavesAWindowInThePaddingAloneUnknown) {
  Node& pool = add("MaxPool", {"x"}, {"y"});
  pool.attributes.emplace("kernel_shape", std::vector<std::int64_t>{1, 3});
  pool.attributes.emplace("strides", std::vector<std::int64_t>{5, 3});
  pool.attributes.emplace("pads", std::vector<std::int64_t>{0, 0, 4, 0});
  pool.attributes.emplace("ceil_mode", std::int64_t{1});
  EXPECT_EQ(shape_of("y"), "[batch,2,?,3]");
}

TEST_F(InferShapes, StandsHostileNumbers) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  Node& conv = add("Conv", {"x", "x"}, {"y"});
  conv.attributes.emplace("kernel_shape", std::vector<std::int64_t>{kLargest, -1});
  conv.attributes.emplace("pads", std::vector<std::int64_t>{kLargest, kLargest, kLargest, kLargest});
  EXPECT_EQ(shape_of("y"), "[batch,batch,?,?]");
}

}  // namespace
}  // namespace tandem::graph
