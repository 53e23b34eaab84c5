// SPDX-License-Identifier: Apache-2.0
// Summaries of models written byte by byte, of the demo models, and of damaged files.
#include "graph/onnx_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace tandem {
namespace {

std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7U) text += static_cast<char>((value & 0x7FU) | 0x80U);
  return text + static_cast<char>(value);
}
std::string number(std::uint64_t field, std::uint64_t value) { return varint(field << 3U) + varint(value); }
std::string field_bytes(std::uint64_t field, const std::string& value) {
  return varint(field << 3U | 2U) + varint(value.size()) + value;
}

Result<OnnxSummary> summarize(const std::string& file) { return summarize_onnx(std::as_bytes(std::span(file))); }

std::string value_info(const std::string& name) {
  const std::string shape = field_bytes(1, field_bytes(2, "batch")) + field_bytes(1, number(1, 4));
  return field_bytes(1, name) + field_bytes(2, field_bytes(1, number(1, 1) + field_bytes(2, shape)));
}
std::string tensor(const std::string& name, std::uint64_t dtype, std::uint64_t size) {
  return number(1, size) + number(2, dtype) + field_bytes(8, name);
}
std::string node_bytes(const std::string& type, const std::string& more = {}) { return field_bytes(4, type) + more; }
/// A model whose graph has the given fields; IR version 8, opset 17.
std::string model(const std::string& graph) {
  return number(1, 8) + field_bytes(2, "pen") + field_bytes(3, "1.0") + field_bytes(7, graph) +
         field_bytes(8, number(2, 17)) + field_bytes(14, field_bytes(1, "key") + field_bytes(2, "value"));
}

TEST(OnnxSummary, TellsTheHeadOfTheModel) {
  const auto summary = summarize(model(field_bytes(2, "net")));
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ir_version, 8);
  EXPECT_EQ(summary->opsets, (std::map<std::string, std::int64_t>{{"ai.onnx", 17}}));
  EXPECT_EQ(summary->producer, "pen 1.0");
  EXPECT_EQ(summary->graph_name, "net");
  EXPECT_EQ(summary->metadata.at("key"), "value");
}

TEST(OnnxSummary, TellsInputsAndOutputs) {
  const auto summary = summarize(model(field_bytes(11, value_info("x")) + field_bytes(12, value_info("y"))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(to_string(summary->inputs.at(0)), "x: float32[batch,4]");
  EXPECT_EQ(to_string(summary->outputs.at(0)), "y: float32[batch,4]");
}

TEST(OnnxSummary, CountsFloatsAsParametersButNotShapes) {
  const auto summary = summarize(model(field_bytes(5, tensor("w", 1, 10)) + field_bytes(5, tensor("shape", 7, 4))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->parameters, 10U);
  EXPECT_EQ(summary->weights_bytes, 72U);
  EXPECT_EQ(summary->initializers.size(), 2U);
}

TEST(OnnxSummary, ReadsPackedDimensions) {
  const auto summary =
      summarize(model(field_bytes(5, field_bytes(1, varint(3) + varint(5)) + number(2, 1) + field_bytes(8, "w"))));
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->initializers.at(0).dims, (std::vector<std::int64_t>{3, 5}));
}

TEST(OnnxSummary, LeavesOutInputsThatRepeatAnInitializerInOldFiles) {
  const std::string graph =
      field_bytes(11, value_info("x")) + field_bytes(11, value_info("w")) + field_bytes(5, tensor("w", 1, 4));
  EXPECT_EQ(summarize(number(1, 3) + field_bytes(7, graph))->inputs.size(), 1U);
  EXPECT_TRUE(summarize(model(graph))->inputs.at(1).optional);
}

TEST(OnnxSummary, CountsNodesOfSubgraphsAndFunctions) {
  const std::string branch = field_bytes(5, field_bytes(6, field_bytes(1, node_bytes("Add"))));
  const auto summary =
      summarize(model(field_bytes(1, node_bytes("If", branch)) + field_bytes(1, node_bytes("Add"))) +
                field_bytes(25, field_bytes(1, "gelu") + field_bytes(7, node_bytes("Erf", field_bytes(7, "mine")))));
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->operators, (std::map<std::string, std::uint64_t>{{"Add", 2}, {"If", 1}, {"mine:Erf", 1}}));
  EXPECT_EQ(summary->nodes, 4U);
  EXPECT_THAT(summary->functions, testing::ElementsAre("gelu"));
}

TEST(OnnxSummary, RefusesAFileWithoutAGraph) {
  EXPECT_THAT(summarize("").error().message, testing::HasSubstr("no graph"));
}

TEST(OnnxSummary, SaysWhereAFileIsCutOff) {
  const std::string whole = model(field_bytes(5, tensor("w", 1, 10)));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto summary = summarize(whole.substr(0, size));
    if (!summary) {
      EXPECT_EQ(summary.error().code, Code::kInvalidArgument) << size;
    }
  }
  EXPECT_THAT(summarize(whole.substr(0, 20)).error().message, testing::HasSubstr("byte 0"));
}

TEST(OnnxSummary, RefusesSubgraphsThatAreTooDeep) {
  std::string graph = field_bytes(1, node_bytes("Add"));
  for (int i = 0; i < 100; ++i) graph = field_bytes(1, node_bytes("If", field_bytes(5, field_bytes(6, graph))));
  EXPECT_THAT(summarize(model(graph)).error().message, testing::HasSubstr("deep"));
}

TEST(OnnxSummary, RefusesShapesThatOverflow) {
  const std::string huge = number(1, 1ULL << 40U) + number(1, 1ULL << 40U) + number(2, 1);
  EXPECT_THAT(summarize(model(field_bytes(5, huge))).error().message, testing::HasSubstr("large"));
  EXPECT_FALSE(summarize(model(field_bytes(5, number(1, ~0ULL) + number(2, 1)))));
}

TEST(OnnxSummary, RefusesAPicture) {
  const auto png = read_file(TANDEM_SOURCE_DIR "/models/samples/digit_7.png");
  ASSERT_TRUE(png);
  EXPECT_FALSE(summarize(*png));
}

TEST(OnnxSummary, CountsTheDemoModelsParameters) {
  const auto file = MappedFile::open(TANDEM_SOURCE_DIR "/models/weights/classification_cnn_digits_20261121.onnx");
  ASSERT_TRUE(file);
  const auto summary = summarize_onnx(file->bytes());
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->opsets.at("ai.onnx"), 17);
  EXPECT_NEAR(static_cast<double>(summary->parameters), 26458, 300);
}

}  // namespace
}  // namespace tandem
