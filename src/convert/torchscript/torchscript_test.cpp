// SPDX-License-Identifier: Apache-2.0
// TorchScript files (tests/data/convert/torchscript, written by make_fixtures.py there) become models.
#include "convert/torchscript/torchscript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace tandem::convert::torchscript {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<const MappedFile> fixture(const std::string& name) {
  auto file = MappedFile::open(TANDEM_SOURCE_DIR "/tests/data/convert/torchscript/" + name + ".pt");
  EXPECT_TRUE(file);
  return std::make_shared<const MappedFile>(std::move(*file));
}

Result<ConvertedScript> converted(const std::string& name, const ConvertOptions& options = {}) {
  const auto file = fixture(name);
  return convert_torchscript(file->bytes(), file, options);
}

ConvertOptions shaped(std::vector<std::int64_t> shape) {
  ConvertOptions options;
  options.input_shapes = {{"x", std::move(shape)}};
  return options;
}

const graph::Graph& graph_of(const ConvertedScript& script) { return script.conversion.models.front().model.graph; }

std::vector<std::string> operators(const graph::Graph& graph) {
  std::vector<std::string> names;
  for (const graph::Node& node : graph.nodes) names.push_back(node.op_type);
  return names;
}

TEST(TorchScript, ATraceKnowsTheShapesOfItsInputs) {
  const auto script = converted("traced");
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(to_string(graph_of(*script).inputs.at(0)), "x: float32[2,3,8,8]");
  EXPECT_EQ(to_string(graph_of(*script).outputs.at(0)), "output: float32[2,4]");
}

TEST(TorchScript, AScriptNeedsAShapeAndFollowsItsSettings) {
  const auto refused = converted("scripted");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--input x="));
  const auto script = converted("scripted", shaped({2, 3, 8, 8}));
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(to_string(graph_of(*script).outputs.at(0)), "output: float32[2,4]");
}

TEST(TorchScript, AScriptAndATraceGiveTheSameOperators) {
  const auto traced = converted("traced");
  const auto scripted = converted("scripted", shaped({2, 3, 8, 8}));
  ASSERT_TRUE(traced && scripted);
  EXPECT_EQ(operators(graph_of(*traced)), operators(graph_of(*scripted)));
}

TEST(TorchScript, AFrozenNetworkHasItsWeightsAmongTheConstants) {
  const auto script = converted("frozen", shaped({2, 3, 8, 8}));
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(to_string(graph_of(*script).outputs.at(0)), "output: float32[2,4]");
}

TEST(TorchScript, ASizeOfMinusOneStaysDynamic) {
  const auto script = converted("traced", shaped({-1, 3, 8, 8}));
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(to_string(graph_of(*script).inputs.at(0)), "x: float32[batch,3,8,8]");
}

TEST(TorchScript, ANumberFixesADynamicDimension) {
  ConvertOptions options = shaped({-1, 3, 8, 8});
  options.dims = {{"batch", "5"}};
  const auto script = converted("traced", options);
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(to_string(graph_of(*script).inputs.at(0)), "x: float32[5,3,8,8]");
  EXPECT_EQ(to_string(graph_of(*script).outputs.at(0)), "output: float32[5,4]");
}

TEST(TorchScript, CodeThatDependsOnTheValuesOfInputsIsRefusedWithItsPlace) {
  const auto script = converted("branching", shaped({2, 3}));
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().code, Code::kUnimplemented);
  EXPECT_THAT(script.error().message, HasSubstr("values of the inputs"));
  EXPECT_THAT(script.error().message, HasSubstr("line"));
}

TEST(TorchScript, AnOptionThatNamesNoInputIsAnError) {
  ConvertOptions options;
  options.input_shapes = {{"image", {1, 3, 8, 8}}};
  const auto script = converted("traced", options);
  ASSERT_FALSE(script);
  EXPECT_THAT(script.error().message, HasSubstr("it has x"));
}

TEST(TorchScript, AReportNamesTheOperators) {
  const auto file = fixture("traced");
  const auto report = inspect_torchscript(file->bytes());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->network, HasSubstr("Net"));
  EXPECT_EQ(report->operators.at("aten.convolution"), 1U);
  EXPECT_THAT(report->unknown, IsEmpty());
  EXPECT_THAT(report->inputs, SizeIs(1));
}

}  // namespace
}  // namespace tandem::convert::torchscript
