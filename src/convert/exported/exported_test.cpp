// SPDX-License-Identifier: Apache-2.0
// Files of torch.export in every layout (tests/data/convert/exported) become the same model; options are honoured.
#include "convert/exported/exported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/file.h"

namespace tandem::convert::exported {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

std::shared_ptr<const MappedFile> fixture(const std::string& name) {
  auto file = MappedFile::open(TANDEM_SOURCE_DIR "/tests/data/convert/exported/" + name + ".pt2");
  EXPECT_TRUE(file);
  return std::make_shared<const MappedFile>(std::move(*file));
}

Result<ConvertedProgram> converted(const std::string& name, const ConvertOptions& options = {}) {
  const auto file = fixture(name);
  return convert_exported_program(file->bytes(), file, options);
}

const graph::Graph& graph_of(const ConvertedProgram& program) { return program.conversion.models.front().model.graph; }

std::vector<std::string> operators(const graph::Graph& graph) {
  std::vector<std::string> names;
  for (const graph::Node& node : graph.nodes) names.push_back(node.op_type);
  return names;
}

/// Name and bytes of every constant of floating point.
std::map<std::string, std::string> weights(const graph::Graph& graph) {
  std::map<std::string, std::string> found;
  for (const graph::Initializer& initializer : graph.initializers) {
    const auto bytes = initializer.tensor.bytes();
    if (is_floating_point(initializer.tensor.dtype())) {
      found[initializer.name] = std::string(as_text(bytes));
    }
  }
  return found;
}

TEST(ExportedProgram, InputsAndOutputsHaveTheirNamesInPython) {
  const auto program = converted("static");
  ASSERT_TRUE(program) << program.error().message;
  const graph::Graph& graph = graph_of(*program);
  ASSERT_THAT(graph.inputs, SizeIs(1));
  EXPECT_EQ(to_string(graph.inputs[0]), "image: float32[2,3,8,8]");
  ASSERT_THAT(graph.outputs, SizeIs(2));
  EXPECT_EQ(to_string(graph.outputs[0]), "logits: float32[2,4]");
  EXPECT_EQ(to_string(graph.outputs[1]), "mixed: float32[2,2,3]");
  EXPECT_EQ(program->conversion.network, "Net");
}

TEST(ExportedProgram, EveryLayoutGivesTheSameModel) {
  const auto today = converted("dynamic");
  ASSERT_TRUE(today) << today.error().message;
  for (const std::string name : {"pickled_2_8", "flat_2_6", "flat_2_5"}) {
    const auto program = converted(name);
    ASSERT_TRUE(program) << name << ": " << program.error().message;
    EXPECT_EQ(operators(graph_of(*program)), operators(graph_of(*today))) << name;
    EXPECT_EQ(weights(graph_of(*program)), weights(graph_of(*today))) << name;
    EXPECT_EQ(graph_of(*program).inputs, graph_of(*today).inputs) << name;
    EXPECT_TRUE(program->conversion.models[0].sample) << name;
  }
}

TEST(ExportedProgram, CoreAtenIsReadToo) {
  const auto program = converted("core");
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_THAT(program->conversion.facts, Contains(Pair("ir", "core ATen")));
  EXPECT_THAT(operators(graph_of(*program)), Contains("Conv"));
}

TEST(ExportedProgram, WeightsThatLieInOrderAreBorrowed) {
  const auto file = fixture("static");
  const auto program = convert_exported_program(file->bytes(), file, {});
  ASSERT_TRUE(program) << program.error().message;
  const graph::Initializer* weight = graph_of(*program).find_initializer("conv.weight");
  ASSERT_NE(weight, nullptr);
  const auto* data = static_cast<const std::byte*>(weight->tensor.data());
  EXPECT_GE(data, file->bytes().data());
  EXPECT_LT(data, file->bytes().data() + file->bytes().size());
}

TEST(ExportedProgram, TheDynamicBatchIsNamed) {
  const auto program = converted("dynamic");
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(to_string(graph_of(*program).inputs[0]), "image: float32[batch,3,8,8]");
  EXPECT_EQ(to_string(graph_of(*program).outputs[0]), "logits: float32[batch,4]");
}

TEST(ExportedProgram, TheSampleFitsTheInputs) {
  const auto program = converted("dynamic");
  ASSERT_TRUE(program) << program.error().message;
  const auto& sample = program->conversion.models[0].sample;
  ASSERT_TRUE(sample);
  ASSERT_THAT(sample->inputs, SizeIs(1));
  EXPECT_EQ(sample->inputs[0].name, "image");
  EXPECT_EQ(to_string(sample->inputs[0].tensor), "float32[2,3,8,8]");
}

TEST(ExportedProgram, NamesAndDimensionsMayBeChanged) {
  ConvertOptions options;
  options.names = {{"image", "pixels"}, {"logits", "scores"}};
  options.dims = {{"batch", "n"}};
  const auto program = converted("dynamic", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(to_string(graph_of(*program).inputs[0]), "pixels: float32[n,3,8,8]");
  EXPECT_EQ(to_string(graph_of(*program).outputs[0]), "scores: float32[n,4]");
}

TEST(ExportedProgram, ADynamicSizeMayBeFixed) {
  ConvertOptions options;
  options.input_shapes = {{"image", {5, 3, 8, 8}}};
  const auto program = converted("dynamic", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(to_string(graph_of(*program).outputs[0]), "logits: float32[5,4]");
  EXPECT_FALSE(program->conversion.models[0].sample);
}

TEST(ExportedProgram, AFixedSizeMayNotBeChanged) {
  ConvertOptions options;
  options.input_shapes = {{"image", {2, 3, 16, 16}}};
  const auto program = converted("static", options);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Code::kInvalidArgument);
  EXPECT_THAT(program.error().message, HasSubstr("dynamic_shapes"));
}

TEST(ExportedProgram, OptionsThatNameNothingAreRefused) {
  ConvertOptions names;
  names.names = {{"picture", "pixels"}};
  EXPECT_FALSE(converted("static", names));
  ConvertOptions dims;
  dims.dims = {{"width", "w"}};
  EXPECT_FALSE(converted("dynamic", dims));
}

TEST(ExportedProgram, TrainingModeIsRefused) {
  const auto program = converted("trained");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(program.error().message, HasSubstr("in bn"));
}

TEST(ExportedProgram, SizesAreComputedInTheModel) {
  const auto program = converted("symbols");
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_THAT(graph_of(*program).outputs, SizeIs(2));
  EXPECT_EQ(to_string(graph_of(*program).outputs[1]), "output_1: int64[]");
}

TEST(ExportedProgram, TheReportCountsOperators) {
  const auto file = fixture("dynamic");
  const auto report = inspect_exported_program(file->bytes());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->schema, "8.20");
  EXPECT_THAT(report->operators, Contains(Pair("aten.linear", 3U)));
  EXPECT_THAT(report->unknown, SizeIs(0));
  EXPECT_EQ(to_string(report->inputs.front()), "image: float32[batch,3,8,8]");
}

TEST(ExportedProgram, ATruncatedFileIsRefused) {
  const auto file = fixture("static");
  for (std::size_t percent = 0; percent < 100; ++percent) {
    const auto part = file->bytes().first(file->bytes().size() * percent / 100);
    EXPECT_FALSE(convert_exported_program(part, file, {})) << percent;
  }
}

}  // namespace
}  // namespace tandem::convert::exported
