// SPDX-License-Identifier: Apache-2.0
// Programs as JSON: versions, kinds of arguments, sizes, and what is refused.
#include "convert/exported/program_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/exported/argument_reader.h"
#include "convert/exported/tensor_meta.h"

namespace tandem::convert::exported {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string program(std::string_view version, std::string_view nodes, std::string_view values = "") {
  return fmt::format(
      R"({{"graph_module": {{"graph": {{"nodes": [{}], "tensor_values": {{{}}}}},
          "signature": {{"input_specs": [{{"user_input": {{"arg": {{"as_tensor": {{"name": "x"}}}}}}}}],
                         "output_specs": [{{"user_output": {{"arg": {{"as_tensor": {{"name": "y"}}}}}}}}]}}}},
          "schema_version": {}, "verifiers": ["TRAINING"], "torch_version": "2.15.0"}})",
      nodes, values, version);
}

constexpr std::string_view kVersion = R"({"major": 8, "minor": 20})";
constexpr std::string_view kRelu =
    R"({"target": "torch.ops.aten.relu.default", "inputs": [{"name": "self", "arg": {"as_tensor": {"name": "x"}}}],
        "outputs": [{"as_tensor": {"name": "y"}}], "metadata": {}})";

aten::Argument argument(std::string_view json) {
  const auto text = JsonText::parse(json, "test");
  EXPECT_TRUE(text);
  auto read = read_argument(text->root());
  EXPECT_TRUE(read) << read.error().message;
  return read ? std::move(*read) : aten::Argument();
}

std::string meta(std::string_view sizes, std::string_view strides) {
  return fmt::format(R"("x": {{"dtype": 7, "sizes": [{}], "strides": [{}], "storage_offset": {{"as_int": 0}},
                         "layout": 7}})",
                     sizes, strides);
}

TEST(ProgramReader, ReadsCallsAndSignature) {
  const auto read = read_program(program(kVersion, kRelu));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_THAT(read->calls, SizeIs(1));
  EXPECT_EQ(read->calls[0].name, "relu");
  EXPECT_THAT(read->calls[0].outputs, ElementsAre("y"));
  EXPECT_EQ(read->inputs[0].value, "x");
  EXPECT_EQ(read->outputs[0].value, "y");
  EXPECT_TRUE(read->training_ir);
}

TEST(ProgramReader, WarnsOfANewerMinorVersion) {
  const auto read = read_program(program(R"({"major": 8, "minor": 99})", kRelu));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_THAT(read->warnings, SizeIs(1));
  EXPECT_THAT(read->warnings[0], HasSubstr("8.99"));
}

TEST(ProgramReader, RefusesOtherMajorVersions) {
  for (const std::string_view version : {R"({"major": 5, "minor": 1})", R"({"major": 9, "minor": 0})"}) {
    const auto read = read_program(program(version, kRelu));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::kUnimplemented);
  }
}

TEST(ProgramReader, NamesTheNodeWhoseArgumentItCannotRead) {
  const auto read = read_program(
      program(kVersion,
              R"({"target": "torch.ops.higher_order.while_loop", "inputs": [{"name": "", "arg": {"as_custom_obj": {}}}],
                    "outputs": []})"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnimplemented);
  EXPECT_THAT(read.error().message, HasSubstr("higher_order::while_loop"));
}

TEST(ProgramReader, ABranchIsAProgramOfItsOwn) {
  const auto read = read_program(
      program(kVersion, R"({"target": "torch.ops.higher_order.cond", "outputs": [], "inputs": [{"name": "", "arg":
        {"as_graph": {"name": "true_graph_0", "graph": {"inputs": [{"as_tensor": {"name": "a"}}], "tensor_values": {},
         "outputs": [{"as_tensor": {"name": "b"}}], "nodes": [{"target": "torch.ops.aten.relu.default", "inputs":
           [{"name": "self", "arg": {"as_tensor": {"name": "a"}}}], "outputs": [{"as_tensor": {"name": "b"}}]}]}}}}]})"));
  ASSERT_TRUE(read) << read.error().message;
  const auto& branch = std::get<std::shared_ptr<const aten::Program>>(read->calls.at(0).arguments.at(0).second);
  EXPECT_EQ(branch->name, "true_graph_0");
  EXPECT_EQ(branch->inputs.at(0).value, "a");
  EXPECT_EQ(branch->calls.at(0).name, "relu");
}

TEST(ProgramReader, ABranchWithoutAGraphIsRefused) {
  const auto read = read_program(program(kVersion, R"({"target": "torch.ops.higher_order.cond", "outputs": [], "inputs":
        [{"name": "", "arg": {"as_graph": {"name": "x"}}}]})"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("higher_order::cond"));
}

TEST(ProgramReader, TextThatIsNoJsonIsRefused) {
  EXPECT_FALSE(read_program("{"));
  EXPECT_FALSE(read_program(std::string(1000, '[')));
  EXPECT_FALSE(read_program("[]"));
}

TEST(ProgramReader, ASymbolIsANamedDimension) {
  const auto read = read_program(
      program(kVersion, kRelu,
              meta(R"j({"as_expr": {"expr_str": "Symbol('s77', positive=True, integer=True)"}}, {"as_int": 3})j",
                   R"({"as_int": 3}, {"as_int": 1})")));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_string(read->values.at("x").shape), "[s77,3]");
}

TEST(ProgramReader, TellsWhatIsNotContiguous) {
  const auto read = read_program(
      program(kVersion, kRelu, meta(R"({"as_int": 2}, {"as_int": 3})", R"({"as_int": 1}, {"as_int": 2})")));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->values.at("x").contiguous);
}

TEST(ProgramReader, SizesThatOverflowAreRefused) {
  EXPECT_FALSE(read_program(program(kVersion, kRelu, meta(R"({"as_int": -1})", R"({"as_int": 1})"))));
  EXPECT_FALSE(read_program(program(kVersion, kRelu, meta(R"({"as_int": 9007199254740993})", R"({"as_int": 1})"))));
  EXPECT_FALSE(read_program(
      program(kVersion, kRelu,
              meta(R"({"as_int": 17592186044416}, {"as_int": 17592186044416})", R"({"as_int": 1}, {"as_int": 1})"))));
}

TEST(DimOfExpression, OnlyASymbolAloneHasAName) {
  EXPECT_EQ(dim_of_expression("s0"), Dim::symbol("s0"));
  EXPECT_EQ(dim_of_expression("Symbol('s77', integer=True)"), Dim::symbol("s77"));
  EXPECT_EQ(dim_of_expression("Integer(5)"), Dim::fixed(5));
  EXPECT_EQ(dim_of_expression("Mul(Integer(2), Symbol('s77', integer=True))"), Dim());
  EXPECT_EQ(dim_of_expression("2*s0"), Dim());
  EXPECT_EQ(dim_of_expression(""), Dim());
}

TEST(ArgumentReader, NoneIsNoneInBothVersions) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(argument(R"({"as_none": true})")));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(argument(R"({"as_none": []})")));
}

TEST(ArgumentReader, NumbersThatJsonHasNoneForAreStrings) {
  EXPECT_EQ(std::get<double>(argument(R"({"as_float": "-Infinity"})")), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(std::get<double>(argument(R"({"as_float": 2})")), 2);
}

TEST(ArgumentReader, SymbolsAndNumbersMayStandTogether) {
  const aten::Argument read = argument(R"({"as_sym_ints": [{"as_name": "n"}, {"as_int": 3}]})");
  const auto& items = std::get<std::vector<aten::IntegerItem>>(read);
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(std::get<aten::NumberRef>(items[0]).name, "n");
  EXPECT_EQ(std::get<std::int64_t>(items[1]), 3);
}

TEST(ArgumentReader, OptionalTensorsMayBeNone) {
  const aten::Argument read = argument(R"({"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "i"}}]})");
  const auto& references = std::get<std::vector<aten::TensorRef>>(read);
  ASSERT_THAT(references, SizeIs(2));
  EXPECT_EQ(references[0].name, "");
  EXPECT_EQ(references[1].name, "i");
}

TEST(ArgumentReader, ReadsTargets) {
  EXPECT_EQ(read_target("torch.ops.aten.add.Tensor").overload, "Tensor");
  EXPECT_EQ(read_target("torch.ops.aten.relu.default").overload, "");
  EXPECT_EQ(read_target("torch.ops.torchvision.nms.default").name, "torchvision::nms");
  EXPECT_EQ(read_target("_operator.mul").name, "_operator::mul");
  EXPECT_EQ(read_target("torch.sym_max").name, "torch::sym_max");
}

}  // namespace
}  // namespace tandem::convert::exported
