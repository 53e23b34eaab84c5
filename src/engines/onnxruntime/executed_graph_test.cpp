// SPDX-License-Identifier: Apache-2.0
// What is read from an optimized model, and what is refused.
#include "engines/onnxruntime/executed_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/onnx_bytes.h"

namespace tandem::onnxruntime {
namespace {

using namespace onnx_bytes;

std::string with_attributes(std::string node) {
  node += bytes(3, "pool") + bytes(7, "com.example");
  node += bytes(5, bytes(1, "kernel_shape") + integer(8, 3) + integer(8, 2));  // not packed
  node += bytes(5, bytes(1, "pads") + bytes(8, varint(1) + varint(300)));      // packed
  node += bytes(5, bytes(1, "mode") + bytes(4, "nearest"));
  return node;
}

TEST(ExecutedGraph, ReadsNodesWithTheirAttributes) {
  const std::string text = model({{with_attributes(node("Pool", {"x", ""}, {"y"}))}, {}, {}, {}});
  const auto graph = read_executed_graph(as_bytes(text));
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_EQ(graph->nodes.size(), 1U);
  const ExecutedNode& pool = graph->nodes[0];
  EXPECT_EQ(pool.name, "pool");
  EXPECT_EQ(pool.op, "Pool");
  EXPECT_EQ(pool.domain, "com.example");
  EXPECT_THAT(pool.inputs, testing::ElementsAre("x", ""));
  EXPECT_THAT(pool.outputs, testing::ElementsAre("y"));
  EXPECT_THAT(pool.integers.at("kernel_shape"), testing::ElementsAre(3, 2));
  EXPECT_THAT(pool.integers.at("pads"), testing::ElementsAre(1, 300));
  EXPECT_EQ(pool.texts.at("mode"), "nearest");
}

TEST(ExecutedGraph, ReadsTypeAndShapeOfConstants) {
  const std::string text = model({{}, {}, {}, {initializer("w", DType::kInt8, {2, 5}, std::string(10, 'a'))}});
  const auto graph = read_executed_graph(as_bytes(text));
  ASSERT_TRUE(graph) << graph.error().message;
  const ProfiledValue& weights = graph->constants.at("w");
  EXPECT_EQ(weights.dtype, DType::kInt8);
  EXPECT_EQ(weights.shape, Shape({2, 5}));
  EXPECT_TRUE(weights.constant);
}

TEST(ExecutedGraph, ReadsTheNodesOfSubgraphs) {
  const std::string body = bytes(1, node("Relu", {"a"}, {"b"}));
  const std::string loop = node("Loop", {"x"}, {"y"}) + bytes(5, bytes(1, "body") + bytes(6, body));
  const std::string text = model({{loop}, {}, {}, {}});
  const auto graph = read_executed_graph(as_bytes(text));
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_EQ(graph->nodes.size(), 2U);
  EXPECT_EQ(graph->nodes[0].op, "Relu");
  EXPECT_EQ(graph->nodes[1].op, "Loop");
}

TEST(ExecutedGraph, RefusesSubgraphsThatNestTooDeep) {
  std::string inner = node("Relu", {"a"}, {"b"});
  for (int depth = 0; depth < 30; ++depth) {
    inner = node("If", {"a"}, {"b"}) + bytes(5, bytes(1, "then_branch") + bytes(6, bytes(1, inner)));
  }
  const std::string text = model({{inner}, {}, {}, {}});
  const auto graph = read_executed_graph(as_bytes(text));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, Code::kInvalidArgument);
}

TEST(ExecutedGraph, RefusesAModelThatIsCutOff) {
  const std::string text = model({{node("Relu", {"a"}, {"b"})}, {}, {}, {}});
  EXPECT_FALSE(read_executed_graph(as_bytes(text.substr(0, text.size() - 3))));
}

}  // namespace
}  // namespace tandem::onnxruntime
