// SPDX-License-Identifier: Apache-2.0
// Where PyTorch and ONNX mean different things by the same words, and what is refused.
#include "convert/aten/operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/aten/lowering.h"

namespace tandem::convert::aten {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Arguments = std::vector<std::pair<std::string, Argument>>;
using Numbers = std::vector<IntegerItem>;

constexpr const char* kInput = "x";

ValueInfo batched_floats(std::initializer_list<std::int64_t> sizes) {
  ValueInfo info{DType::kFloat32, {}, true};
  for (const std::int64_t size : sizes) info.shape.dims.push_back(size < 0 ? Dim::symbol("batch") : Dim::fixed(size));
  return info;
}

/// One call on inputs of one shape; its first argument is the first input.
struct Example {
  std::string name;
  std::string overload = {};
  ValueInfo input;
  Arguments arguments = {};
  std::size_t inputs = 1;
};

Result<graph::Model> lower(Example example) {
  Program program;
  program.name = "test";
  for (std::size_t i = 0; i < example.inputs; ++i) {
    const std::string name = i == 0 ? kInput : kInput + std::to_string(i);
    program.inputs.push_back({name, name, example.input});
  }
  Call call;
  call.name = std::move(example.name);
  call.overload = std::move(example.overload);
  call.arguments = std::move(example.arguments);
  call.outputs = {"y"};
  program.values["y"] = example.input;
  program.calls.push_back(std::move(call));
  program.outputs.push_back({"y", "output"});
  return lower_program(program);
}

/// The last node of that type; a failure of the test when there is none.
graph::Node node_of(Result<graph::Model> model, std::string_view op_type) {
  if (!model) {
    ADD_FAILURE() << model.error().message;
    return {};
  }
  for (auto node = model->graph.nodes.rbegin(); node != model->graph.nodes.rend(); ++node) {
    if (node->op_type == op_type) return std::move(*node);
  }
  ADD_FAILURE() << "no " << op_type;
  return {};
}

std::vector<std::string> operators(const Result<graph::Model>& model) {
  std::vector<std::string> names;
  if (!model) return {model.error().message};
  for (const graph::Node& node : model->graph.nodes) names.push_back(node.op_type);
  return names;
}

std::string error_of(const Result<graph::Model>& model) { return model ? "no error" : model.error().message; }

const TensorRef kSelf{kInput};

TEST(Operators, HardSigmoidHasPyTorchsSlope) {
  const graph::Node node =
      node_of(lower({"hardsigmoid", "", batched_floats({2, 3}), {{"self", kSelf}}}), "HardSigmoid");
  EXPECT_FLOAT_EQ(*node.attribute<float>("alpha"), 1.0F / 6);
}

TEST(Operators, GeluIsWrittenAsEnginesRecognizeIt) {
  EXPECT_THAT(operators(lower({"gelu", "", batched_floats({2, 3}), {{"self", kSelf}}})),
              ElementsAre("Div", "Erf", "Add", "Mul", "Mul"));
}

TEST(Operators, AveragePoolsCountTheirPaddingUnlessToldNotTo) {
  const Arguments arguments = {{"self", kSelf}, {"kernel_size", Numbers{3, 3}}, {"padding", Numbers{1, 1}}};
  const graph::Node node = node_of(lower({"avg_pool2d", "", batched_floats({1, 2, 8, 8}), arguments}), "AveragePool");
  EXPECT_EQ(node.integer("count_include_pad", 0), 1);
}

TEST(Operators, CeilModeIsPaddingWhereTheSizeIsKnown) {
  const Arguments arguments = {
      {"self", kSelf}, {"kernel_size", Numbers{3, 3}}, {"stride", Numbers{2, 2}}, {"ceil_mode", true}};
  const graph::Node node = node_of(lower({"max_pool2d", "", batched_floats({1, 2, 8, 9}), arguments}), "MaxPool");
  EXPECT_EQ(node.integer("ceil_mode", 0), 0);
  EXPECT_THAT(*node.attribute<std::vector<std::int64_t>>("pads"), ElementsAre(0, 0, 1, 0));
}

TEST(Operators, AWindowOfCeilModeBeginsInsideTheImage) {
  const Arguments arguments = {{"self", kSelf},
                               {"kernel_size", Numbers{2, 2}},
                               {"stride", Numbers{2, 2}},
                               {"padding", Numbers{1, 1}},
                               {"ceil_mode", true}};
  const graph::Node node = node_of(lower({"max_pool2d", "", batched_floats({1, 2, 7, 7}), arguments}), "MaxPool");
  EXPECT_THAT(*node.attribute<std::vector<std::int64_t>>("pads"), ElementsAre(1, 1, 1, 1));
}

TEST(Operators, PixelShuffleCountsTheBlockBehindTheChannels) {
  const graph::Node node = node_of(
      lower(
          {"pixel_shuffle", "", batched_floats({1, 8, 2, 2}), {{"self", kSelf}, {"upscale_factor", std::int64_t{2}}}}),
      "DepthToSpace");
  EXPECT_EQ(*node.attribute<std::string>("mode"), "CRD");
}

TEST(Operators, EinsumOfMatricesIsAMatrixProduct) {
  const std::vector<TensorRef> both = {{"x"}, {"x1"}};
  const Arguments arguments = {{"equation", std::string("bic,bjc->bij")}, {"tensors", both}};
  EXPECT_THAT(operators(lower({"einsum", "", batched_floats({2, 3, 3}), arguments, 2})),
              ElementsAre("Transpose", "MatMul"));
}

TEST(Operators, EinsumOfAnotherKindStaysOne) {
  const std::vector<TensorRef> both = {{"x"}, {"x1"}};
  const Arguments arguments = {{"equation", std::string("i j k , i j k -> k")}, {"tensors", both}};
  const graph::Node node = node_of(lower({"einsum", "", batched_floats({2, 3, 3}), arguments, 2}), "Einsum");
  EXPECT_EQ(*node.attribute<std::string>("equation"), "ijk,ijk->k");
}

TEST(Operators, DividingIntegersGivesFloats) {
  ValueInfo integers = batched_floats({4});
  integers.dtype = DType::kInt64;
  EXPECT_THAT(operators(lower({"div", "Tensor", integers, {{"self", kSelf}, {"other", TensorRef{"x1"}}}, 2})),
              ElementsAre("Cast", "Cast", "Div"));
}

TEST(Operators, FactorsOfAResizeAreKeptWhereTheyDecideThePositions) {
  const Arguments arguments = {{"input", kSelf},
                               {"output_size", {}},
                               {"align_corners", false},
                               {"scale_factors", std::vector<double>{1.7, 1.7}}};
  const graph::Node node =
      node_of(lower({"upsample_bilinear2d", "vec", batched_floats({1, 2, 4, 4}), arguments}), "Resize");
  EXPECT_EQ(node.inputs.size(), 3U);
  EXPECT_EQ(*node.attribute<std::string>("coordinate_transformation_mode"), "half_pixel");
}

TEST(Operators, AveragesOfUnevenWindowsAreProductsWithAMatrix) {
  const Arguments arguments = {{"self", kSelf}, {"output_size", Numbers{3, 8}}};
  EXPECT_THAT(operators(lower({"adaptive_avg_pool2d", "", batched_floats({1, 2, 7, 8}), arguments})),
              ElementsAre("Transpose", "MatMul", "Transpose"));
}

TEST(Operators, AntialiasingIsRefusedWithWhatToDo) {
  const Arguments arguments = {
      {"input", kSelf}, {"output_size", Numbers{3, 8}}, {"align_corners", false}, {"scale_factors", {}}};
  EXPECT_THAT(error_of(lower({"_upsample_bilinear2d_aa", "vec", batched_floats({1, 2, 7, 8}), arguments})),
              HasSubstr("antialias=False"));
}

TEST(Operators, TheBitsOfIntegersNeedOpset18) {
  ValueInfo integers = batched_floats({4});
  integers.dtype = DType::kInt64;
  const auto model = lower({"bitwise_and", "Tensor", integers, {{"self", kSelf}, {"other", TensorRef{"x1"}}}, 2});
  EXPECT_THAT(operators(model), ElementsAre("BitwiseAnd"));
  EXPECT_EQ(model->opset(), 18);
}

TEST(Operators, BitsOfFloatingPointAreRefused) {
  EXPECT_THAT(error_of(lower({"bitwise_not", "", batched_floats({4}), {{"self", kSelf}}})),
              HasSubstr("integers and bool"));
}

TEST(Operators, OtherNodesOfAModelThatNeedsOpset18AreTakenThere) {
  ValueInfo integers = batched_floats({2, 3});
  integers.dtype = DType::kInt64;
  Program program;
  program.inputs = {{"x", "x", integers}};
  program.values = {{"bits", integers}, {"y", integers}};
  program.calls = {{"bitwise_or", "Scalar", {{"self", kSelf}, {"other", std::int64_t{2}}}, {"bits"}, {}},
                   {"amax", "", {{"self", TensorRef{"bits"}}, {"dim", Numbers{1}}, {"keepdim", true}}, {"y"}, {}}};
  program.outputs = {{"y", "output"}};
  const graph::Node node = node_of(lower_program(program), "ReduceMax");
  EXPECT_EQ(node.inputs.size(), 2U);
  EXPECT_FALSE(node.attributes.contains("axes"));
}

TEST(Operators, AScatterOfTheLargestLeavesOutWhatIsThereByTheLeastNumber) {
  Program program;
  ValueInfo index = batched_floats({2, 3});
  index.dtype = DType::kInt64;
  program.inputs = {{"x", "x", batched_floats({2, 3})}, {"i", "i", index}};
  program.values = {{"y", batched_floats({2, 3})}};
  program.calls = {{"scatter_reduce",
                    "two",
                    {{"self", kSelf},
                     {"dim", std::int64_t{1}},
                     {"index", TensorRef{"i"}},
                     {"src", kSelf},
                     {"reduce", std::string("amax")},
                     {"include_self", false}},
                    {"y"},
                    {}}};
  program.outputs = {{"y", "output"}};
  const auto model = lower_program(program);
  EXPECT_THAT(operators(model), ElementsAre("Expand", "ScatterElements", "ScatterElements"));
  EXPECT_EQ(*model->graph.nodes[2].attribute<std::string>("reduction"), "max");
  EXPECT_EQ(model->graph.nodes[2].inputs[0], model->graph.nodes[1].outputs[0]);
}

TEST(Operators, ARangeOfBillionsIsRefused) {
  const Arguments arguments = {{"end", std::int64_t{1} << 60}};
  EXPECT_THAT(error_of(lower({"arange", "", batched_floats({1}), arguments})), HasSubstr("4 million"));
}

TEST(Operators, WindowsWithoutAStepAreRefused) {
  const Arguments arguments = {{"self", kSelf}, {"kernel_size", Numbers{2, 2}}, {"stride", Numbers{0, 1}}};
  EXPECT_THAT(error_of(lower({"max_pool2d", "", batched_floats({1, 2, 8, 8}), arguments})), HasSubstr("1 or more"));
}

}  // namespace
}  // namespace tandem::convert::aten
