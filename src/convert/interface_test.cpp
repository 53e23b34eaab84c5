// SPDX-License-Identifier: Apache-2.0
// Names and sizes that a person asks for reach every place where they stand, and what does not fit is refused.
#include "convert/interface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::convert {
namespace {

using ::testing::HasSubstr;

TensorSpec image(std::string name) {
  return {std::move(name), DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(3)}, false}, false};
}

/// input -> Relu -> output
Conversion relu() {
  Conversion conversion;
  ConvertedModel model;
  graph::Graph& graph = model.model.graph;
  graph.inputs.push_back(image("input"));
  graph.outputs.push_back(image("output"));
  graph::Node node;
  node.op_type = "Relu";
  node.inputs = {"input"};
  node.outputs = {"output"};
  graph.nodes.push_back(std::move(node));
  conversion.models.push_back(std::move(model));
  return conversion;
}

const graph::Graph& graph_of(const Conversion& conversion) { return conversion.models.front().model.graph; }

TEST(Interface, RenamesAnInputWhereverItIsUsed) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.names = {{"input", "pixels"}};
  ASSERT_TRUE(shape_interface(conversion, options));
  EXPECT_EQ(graph_of(conversion).inputs[0].name, "pixels");
  EXPECT_EQ(graph_of(conversion).nodes[0].inputs[0], "pixels");
}

TEST(Interface, ANameThatIsTakenIsRefused) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.names = {{"input", "output"}};
  const Status status = shape_interface(conversion, options);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("cannot be called 'output'"));
}

TEST(Interface, AnUnknownNameIsRefusedWithThoseThereAre) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.names = {{"pixels", "x"}};
  const Status status = shape_interface(conversion, options);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("no input or output 'pixels'; it has input: float32[batch,3]"));
}

TEST(Interface, ASizeFixesTheDimensionEverywhere) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.input_shapes = {{"input", {4, 3}}};
  ASSERT_TRUE(shape_interface(conversion, options));
  EXPECT_EQ(to_string(graph_of(conversion).outputs[0]), "output: float32[4,3]");
}

TEST(Interface, MinusOneLeavesADimensionOpen) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.input_shapes = {{"input", {-1, 3}}};
  ASSERT_TRUE(shape_interface(conversion, options));
  EXPECT_EQ(to_string(graph_of(conversion).inputs[0]), "input: float32[batch,3]");
}

TEST(Interface, AFixedSizeIsNotChanged) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.input_shapes = {{"input", {1, 4}}};
  const Status status = shape_interface(conversion, options);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("[1,4] does not fit the input input: float32[batch,3]"));
}

TEST(Interface, ADimensionGetsAnotherName) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.dims = {{"batch", "images"}};
  ASSERT_TRUE(shape_interface(conversion, options));
  EXPECT_EQ(to_string(graph_of(conversion).outputs[0]), "output: float32[images,3]");
}

TEST(Interface, ANumberFixesADimension) {
  Conversion conversion = relu();
  ConvertOptions options;
  options.dims = {{"batch", "8"}};
  ASSERT_TRUE(shape_interface(conversion, options));
  EXPECT_EQ(to_string(graph_of(conversion).inputs[0]), "input: float32[8,3]");
}

TEST(Interface, WhatAnImporterPassedOverIsFound) {
  const Conversion conversion = relu();
  ConvertOptions options;
  options.names = {{"pixels", "x"}};
  EXPECT_FALSE(check_interface(conversion, options));
  options.names = {{"pixels", "input"}};
  EXPECT_TRUE(check_interface(conversion, options));
  options.dims = {{"batch", "images"}};
  EXPECT_FALSE(check_interface(conversion, options));
}

TEST(Interface, AnOpenDimensionIsWhatTheOptionsMakeOfIt) {
  ConvertOptions options;
  options.dims = {{"batch", "8"}, {"length", "words"}};
  EXPECT_EQ(open_dim(options, "batch"), Dim::fixed(8));
  EXPECT_EQ(open_dim(options, "length"), Dim::symbol("words"));
  EXPECT_EQ(open_dim(options, "height"), Dim::symbol("height"));
}

TEST(Interface, OpenDimensionsAreNamedByWhatTheyUsuallyAre) {
  EXPECT_EQ(to_string(with_named_dims({-1, 3, -1, -1}, ChannelsAt::kFront)), "[batch,3,height,width]");
  EXPECT_EQ(to_string(with_named_dims({-1, -1, -1, 3}, ChannelsAt::kBack)), "[batch,height,width,3]");
  EXPECT_EQ(to_string(with_named_dims({-1, 8, -1}, ChannelsAt::kFront)), "[batch,8,size_2]");
  EXPECT_EQ(to_string(with_named_dims({-1, -1, 8}, ChannelsAt::kBack, "text_")), "[batch,text_length,8]");
}

}  // namespace
}  // namespace tandem::convert
