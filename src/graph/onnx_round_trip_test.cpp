// SPDX-License-Identifier: Apache-2.0
// What is written is read back as it was: attributes of every kind, weights of every type, and the demo models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_summary.h"
#include "graph/onnx_writer.h"
#include "graph/verify.h"

namespace tandem {
namespace {

using graph::Graph;
using graph::Model;
using graph::Node;

TensorSpec edge(std::string name) { return {std::move(name), DType::kFloat32, {{Dim::fixed(2)}, false}, false}; }

Model model_with(Node node) {
  Model model;
  model.graph.name = "g";
  model.graph.inputs.push_back(edge("x"));
  node.op_type = "Identity";
  node.inputs = {"x"};
  node.outputs = {"y"};
  model.graph.nodes.push_back(std::move(node));
  model.graph.outputs.push_back(edge("y"));
  return model;
}

std::string write(const Model& model) { return encode_onnx(model).value().bytes(); }
Model read_back(const std::string& bytes) { return read_onnx(std::as_bytes(std::span(bytes))).value(); }

template <typename T>
T round_trip(T value) {
  Node node;
  node.attributes.emplace("a", std::move(value));
  const std::string bytes = write(model_with(std::move(node)));
  const Model model = read_back(bytes);
  const T* found = model.graph.nodes.at(0).attribute<T>("a");
  EXPECT_NE(found, nullptr);
  return found == nullptr ? T() : *found;
}

TEST(OnnxRoundTrip, KeepsAnInteger) { EXPECT_EQ(round_trip<std::int64_t>(-7), -7); }
TEST(OnnxRoundTrip, KeepsAZeroInteger) { EXPECT_EQ(round_trip<std::int64_t>(0), 0); }
TEST(OnnxRoundTrip, KeepsAFloat) { EXPECT_EQ(round_trip<float>(0.1F), 0.1F); }
TEST(OnnxRoundTrip, KeepsAString) { EXPECT_EQ(round_trip<std::string>("linear"), "linear"); }
TEST(OnnxRoundTrip, KeepsIntegers) {
  const std::vector<std::int64_t> values = {1, -1, 1LL << 40};
  EXPECT_EQ(round_trip(values), values);
}
TEST(OnnxRoundTrip, KeepsAnEmptyListOfIntegers) {
  EXPECT_EQ(round_trip(std::vector<std::int64_t>()), std::vector<std::int64_t>());
}
TEST(OnnxRoundTrip, KeepsFloats) {
  const std::vector<float> values = {1.5F, -0.0F};
  EXPECT_EQ(round_trip(values), values);
}
TEST(OnnxRoundTrip, KeepsStrings) {
  const std::vector<std::string> values = {"a", ""};
  EXPECT_EQ(round_trip(values), values);
}

TEST(OnnxRoundTrip, KeepsATensorAttribute) {
  Node node;
  node.attributes.emplace("value", Tensor::from<std::int64_t>({2}, std::vector<std::int64_t>{3, 4}).value());
  const Model model = read_back(write(model_with(std::move(node))));
  EXPECT_THAT(model.graph.nodes[0].attribute<Tensor>("value")->values<std::int64_t>(), testing::ElementsAre(3, 4));
}

TEST(OnnxRoundTrip, KeepsASubgraph) {
  auto inner = std::make_unique<Graph>(model_with({}).graph);
  Node node;
  node.attributes.emplace("body", std::move(inner));
  const Model model = read_back(write(model_with(std::move(node))));
  const auto* body = model.graph.nodes[0].attribute<std::unique_ptr<Graph>>("body");
  ASSERT_NE(body, nullptr);
  EXPECT_EQ((*body)->nodes.at(0).op_type, "Identity");
}

TEST(OnnxRoundTrip, KeepsStringWeights) {
  Model model = model_with({});
  model.graph.initializers.push_back({"w", Tensor::from_strings({2}, {"cat", "dog"}).value()});
  EXPECT_THAT(read_back(write(model)).graph.initializers[0].tensor.strings(), testing::ElementsAre("cat", "dog"));
}

TEST(OnnxRoundTrip, KeepsAScalarWeight) {
  Model model = model_with({});
  model.graph.initializers.push_back({"w", Tensor::from<float>({}, std::vector{3.0F}).value()});
  EXPECT_EQ(read_back(write(model)).graph.initializers[0].tensor.shape().rank(), 0U);
}

class DemoModels : public testing::TestWithParam<std::string> {};

/// The summary is read by other code than the reader, and counts what the writer must not lose.
TEST_P(DemoModels, SurviveReadingAndWriting) {
  const std::string file = read_file(TANDEM_SOURCE_DIR "/models/weights/" + GetParam()).value();
  const Model model = read_back(file);
  EXPECT_TRUE(graph::verify(model));
  const std::string written = write(model);
  const auto before = summarize_onnx(std::as_bytes(std::span(file))).value();
  const auto after = summarize_onnx(std::as_bytes(std::span(written))).value();
  EXPECT_EQ(after.operators, before.operators);
  EXPECT_EQ(after.initializers, before.initializers);
  EXPECT_EQ(after.inputs, before.inputs);
  EXPECT_EQ(after.outputs, before.outputs);
  EXPECT_EQ(after.metadata, before.metadata);
  EXPECT_EQ(write(read_back(written)), written);
}

INSTANTIATE_TEST_SUITE_P(Store, DemoModels,
                         testing::Values("classification_cnn_digits_20261121.onnx",
                                         "segmentation_transunet_phantom_20261121.onnx"),
                         [](const auto& test) { return test.param.substr(0, test.param.find('_')); });

}  // namespace
}  // namespace tandem
