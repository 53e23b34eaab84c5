// SPDX-License-Identifier: Apache-2.0
// Programs become graphs: arguments and defaults, writes in place and through views, sizes, and what is refused.
#include "convert/aten/lowering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::convert::aten {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Arguments = std::vector<std::pair<std::string, Argument>>;
using Integers = std::vector<IntegerItem>;

ValueInfo floats(std::initializer_list<std::int64_t> sizes) {
  ValueInfo info{DType::kFloat32, {}, true};
  for (const std::int64_t size : sizes) info.shape.dims.push_back(size < 0 ? Dim::symbol("s0") : Dim::fixed(size));
  return info;
}

/// `x` goes in, `result` comes out.
Program program(ValueInfo input, std::string result) {
  Program made;
  made.name = "test";
  made.inputs.push_back({"x", "input", std::move(input)});
  made.outputs.push_back({std::move(result), "output"});
  return made;
}

void call(Program& program, std::string name, Arguments arguments, std::string output, ValueInfo info) {
  const auto dot = name.find('.');
  Call made;
  made.name = name.substr(0, dot);
  if (dot != std::string::npos) made.overload = name.substr(dot + 1);
  made.arguments = std::move(arguments);
  made.outputs = {output};
  program.values[output] = std::move(info);
  program.calls.push_back(std::move(made));
}

std::vector<std::string> operators(const graph::Model& model) {
  std::vector<std::string> names;
  for (const graph::Node& node : model.graph.nodes) names.push_back(node.op_type);
  return names;
}

void add_weight(Program& program, std::string value, Shape shape) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  std::ranges::fill(tensor.mutable_values<float>(), 1.0F);
  program.weights.push_back({value, "layer." + value, std::move(tensor)});
}

graph::Model lowered(const Program& program) {
  auto model = lower_program(program);
  EXPECT_TRUE(model) << model.error().message;
  return model ? std::move(*model) : graph::Model();
}

TEST(Lowering, AbsentArgumentsHaveTheirDefaults) {
  Program net = program(floats({1, 3, 8, 8}), "y");
  add_weight(net, "w", Shape{4, 3, 3, 3});
  call(net, "conv2d", {{"input", TensorRef{"x"}}, {"weight", TensorRef{"w"}}}, "y", floats({1, 4, 6, 6}));
  const graph::Model model = lowered(net);
  ASSERT_THAT(operators(model), ElementsAre("Conv"));
  const graph::Node& conv = model.graph.nodes[0];
  EXPECT_EQ(conv.integer("group", 0), 1);
  EXPECT_THAT(*conv.attribute<std::vector<std::int64_t>>("strides"), ElementsAre(1, 1));
  EXPECT_THAT(*conv.attribute<std::vector<std::int64_t>>("pads"), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(conv.inputs, ElementsAre("input", "layer.w"));
  EXPECT_THAT(conv.outputs, ElementsAre("output"));
}

TEST(Lowering, PaddingSameIsLongerAtTheEnd) {
  Program net = program(floats({1, 3, 8, 8}), "y");
  add_weight(net, "w", Shape{4, 3, 2, 3});
  call(net, "conv2d.padding", {{"input", TensorRef{"x"}}, {"weight", TensorRef{"w"}}, {"padding", std::string("same")}},
       "y", floats({1, 4, 8, 8}));
  EXPECT_THAT(*lowered(net).graph.nodes[0].attribute<std::vector<std::int64_t>>("pads"), ElementsAre(0, 1, 1, 1));
}

TEST(Lowering, ANumberTakesTheTensorsTypeAndShape) {
  Program net = program(floats({2}), "y");
  call(net, "add.Tensor", {{"self", TensorRef{"x"}}, {"other", std::int64_t{2}}}, "y", floats({2}));
  const graph::Model model = lowered(net);
  ASSERT_THAT(operators(model), ElementsAre("Add"));
  const graph::Initializer* constant = model.graph.find_initializer(model.graph.nodes[0].inputs[1]);
  ASSERT_NE(constant, nullptr);
  EXPECT_EQ(to_string(constant->tensor), "float32[]");
}

TEST(Lowering, ALaterReadOfAnInputSeesTheWriteInPlace) {
  Program net = program(floats({2}), "z");
  call(net, "mul.Tensor", {{"self", TensorRef{"x"}}, {"other", 2.0}}, "y", floats({2}));
  call(net, "relu_", {{"self", TensorRef{"y"}}}, "written", floats({2}));
  call(net, "add.Tensor", {{"self", TensorRef{"y"}}, {"other", TensorRef{"written"}}}, "z", floats({2}));
  const graph::Model model = lowered(net);
  ASSERT_THAT(operators(model), ElementsAre("Mul", "Relu", "Add"));
  EXPECT_THAT(model.graph.nodes[2].inputs, ElementsAre("relu", "relu"));
}

TEST(Lowering, AWriteThroughAViewReachesItsBase) {
  Program net = program(floats({4, 3}), "z");
  call(net, "mul.Tensor", {{"self", TensorRef{"x"}}, {"other", 2.0}}, "y", floats({4, 3}));
  call(net, "view", {{"self", TensorRef{"y"}}, {"size", Integers{std::int64_t{12}}}}, "row", floats({12}));
  call(net, "relu_", {{"self", TensorRef{"row"}}}, "written", floats({12}));
  call(net, "relu", {{"self", TensorRef{"y"}}}, "z", floats({4, 3}));
  const graph::Model model = lowered(net);
  ASSERT_THAT(operators(model), ElementsAre("Mul", "Reshape", "Relu", "Reshape", "Relu"));
  EXPECT_EQ(model.graph.nodes[4].inputs[0], model.graph.nodes[3].outputs[0]);
}

TEST(Lowering, AViewSeesWhatWasWrittenToItsBase) {
  Program net = program(floats({4, 3}), "z");
  call(net, "mul.Tensor", {{"self", TensorRef{"x"}}, {"other", 2.0}}, "y", floats({4, 3}));
  call(net, "view", {{"self", TensorRef{"y"}}, {"size", Integers{std::int64_t{12}}}}, "row", floats({12}));
  call(net, "relu_", {{"self", TensorRef{"y"}}}, "written", floats({4, 3}));
  call(net, "add.Tensor", {{"self", TensorRef{"row"}}, {"other", 1.0}}, "z", floats({12}));
  const graph::Model model = lowered(net);
  ASSERT_THAT(operators(model), ElementsAre("Mul", "Reshape", "Relu", "Reshape", "Add"));
  EXPECT_EQ(model.graph.nodes[3].inputs[0], "relu");
  EXPECT_EQ(model.graph.nodes[4].inputs[0], model.graph.nodes[3].outputs[0]);
}

TEST(Lowering, ACloneIsNotWrittenWithItsOriginal) {
  Program net = program(floats({2}), "z");
  call(net, "clone", {{"self", TensorRef{"x"}}}, "copy", floats({2}));
  call(net, "relu_", {{"self", TensorRef{"copy"}}}, "written", floats({2}));
  call(net, "add.Tensor", {{"self", TensorRef{"x"}}, {"other", TensorRef{"copy"}}}, "z", floats({2}));
  EXPECT_THAT(lowered(net).graph.nodes[1].inputs, ElementsAre("input", "relu"));
}

TEST(Lowering, DropoutOfATrainedNetworkIsNoNode) {
  Program net = program(floats({2}), "z");
  call(net, "dropout", {{"input", TensorRef{"x"}}, {"p", 0.5}, {"train", false}}, "y", floats({2}));
  call(net, "relu", {{"self", TensorRef{"y"}}}, "z", floats({2}));
  EXPECT_THAT(operators(lowered(net)), ElementsAre("Relu"));
}

TEST(Lowering, ASizeThatTheModelComputesReshapes) {
  Program net = program(floats({-1, 3}), "y");
  call(net, "sym_size.int", {{"self", TensorRef{"x"}}, {"dim", std::int64_t{0}}}, "n", {});
  net.values.erase("n");
  call(net, "view", {{"self", TensorRef{"x"}}, {"size", Integers{std::int64_t{3}, NumberRef{"n"}}}}, "y",
       floats({3, -1}));
  const graph::Model model = lowered(net);
  const graph::Node& reshape = model.graph.nodes.back();
  const graph::Initializer* target = model.graph.find_initializer(reshape.inputs[1]);
  ASSERT_NE(target, nullptr);
  EXPECT_THAT(target->tensor.values<std::int64_t>(), ElementsAre(3, -1));
}

TEST(Lowering, WhatNobodyReadsIsNotLowered) {
  Program net = program(floats({2}), "y");
  call(net, "frobnicate", {{"self", TensorRef{"x"}}}, "unread", floats({2}));
  call(net, "relu", {{"self", TensorRef{"x"}}}, "y", floats({2}));
  EXPECT_THAT(operators(lowered(net)), ElementsAre("Relu"));
}

TEST(Lowering, AllUnknownOperatorsAreNamedAtOnce) {
  Program net = program(floats({2}), "c");
  call(net, "frobnicate", {{"self", TensorRef{"x"}}}, "a", floats({2}));
  call(net, "wobble.Tensor", {{"self", TensorRef{"a"}}}, "b", floats({2}));
  call(net, "frobnicate", {{"self", TensorRef{"b"}}}, "c", floats({2}));
  net.calls[1].place = {"layer1.0", "net.py:7, in forward"};
  const auto model = lower_program(net);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kUnimplemented);
  EXPECT_THAT(model.error().message, HasSubstr("aten.frobnicate (2 times)"));
  EXPECT_THAT(model.error().message,
              HasSubstr("aten.wobble.Tensor (1 time), first in layer1.0 (net.py:7, in forward)"));
}

TEST(Lowering, TrainingModeIsRefused) {
  Program net = program(floats({1, 4, 2, 2}), "y");
  add_weight(net, "m", Shape{4});
  call(net, "batch_norm",
       {{"input", TensorRef{"x"}},
        {"weight", {}},
        {"bias", {}},
        {"running_mean", TensorRef{"m"}},
        {"running_var", TensorRef{"m"}},
        {"training", true},
        {"momentum", 0.1},
        {"eps", 1e-5},
        {"cudnn_enabled", true}},
       "y", floats({1, 4, 2, 2}));
  const auto model = lower_program(net);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(model.error().message, HasSubstr("model.eval()"));
}

TEST(Lowering, AMissingArgumentIsNamed) {
  Program net = program(floats({2}), "y");
  call(net, "add.Tensor", {{"self", TensorRef{"x"}}}, "y", floats({2}));
  const auto model = lower_program(net);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::kInvalidArgument);
  EXPECT_THAT(model.error().message, HasSubstr("'other'"));
}

TEST(Lowering, ANameThatNothingDefinesIsRefused) {
  Program net = program(floats({2}), "y");
  call(net, "relu", {{"self", TensorRef{"nowhere"}}}, "y", floats({2}));
  const auto model = lower_program(net);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("'nowhere'"));
}

TEST(Lowering, ANameThatIsDefinedTwiceIsRefused) {
  Program net = program(floats({2}), "y");
  call(net, "relu", {{"self", TensorRef{"x"}}}, "x", floats({2}));
  net.outputs[0].value = "x";
  const auto model = lower_program(net);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("defines 'x' twice"));
}

TEST(Lowering, TheSameValueMayBeTwoOutputs) {
  Program net = program(floats({2}), "y");
  call(net, "relu", {{"self", TensorRef{"x"}}}, "y", floats({2}));
  net.outputs.push_back({"y", "again"});
  const graph::Model model = lowered(net);
  ASSERT_EQ(model.graph.outputs.size(), 2U);
  EXPECT_EQ(model.graph.outputs[1].name, "again");
}

TEST(Lowering, TiedWeightsAreOneConstant) {
  Program net = program(floats({1, 4}), "z");
  add_weight(net, "w", Shape{4, 4});
  net.weights.push_back({"tied", "other.weight", net.weights[0].tensor.view()});
  call(net, "linear", {{"input", TensorRef{"x"}}, {"weight", TensorRef{"w"}}}, "y", floats({1, 4}));
  call(net, "linear", {{"input", TensorRef{"y"}}, {"weight", TensorRef{"tied"}}}, "z", floats({1, 4}));
  const graph::Model model = lowered(net);
  EXPECT_EQ(model.graph.nodes[0].inputs[1], model.graph.nodes[1].inputs[1]);
}

/// A branch that gives what `call` makes of its input "a"; without a call, the input itself.
std::shared_ptr<Program> branch(const std::string& call_name) {
  auto made = std::make_shared<Program>(program(floats({2, 3}), call_name.empty() ? "a" : "b"));
  made->name = "branch";
  made->inputs.front().value = "a";
  if (!call_name.empty()) call(*made, call_name, {{"self", TensorRef{"a"}}}, "b", floats({2, 3}));
  return made;
}

/// x -> cond(flag, first, second, [x])
Program conditional(std::shared_ptr<const Program> first, std::shared_ptr<const Program> second) {
  Program made = program(floats({2, 3}), "y");
  made.inputs.push_back({"flag", "flag", ValueInfo{DType::kBool, {}, true}});
  const std::vector<TensorRef> operands = {{"x"}};
  call(made, "higher_order::cond", {{"", TensorRef{"flag"}}, {"", first}, {"", second}, {"", operands}}, "y",
       floats({2, 3}));
  return made;
}

const graph::Graph& branch_of(const graph::Node& node, std::string_view key) {
  return **node.attribute<std::unique_ptr<graph::Graph>>(key);
}

TEST(Lowering, BranchesAreGraphsThatSeeTheValuesAround) {
  const auto model = lower_program(conditional(branch("relu"), branch("sigmoid")));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(operators(*model), ElementsAre("If"));
  const graph::Graph& then = branch_of(model->graph.nodes[0], "then_branch");
  EXPECT_TRUE(then.inputs.empty());
  EXPECT_EQ(then.nodes.at(0).op_type, "Relu");
  EXPECT_THAT(then.nodes.at(0).inputs, ElementsAre("input"));
  EXPECT_EQ(branch_of(model->graph.nodes[0], "else_branch").nodes.at(0).op_type, "Sigmoid");
}

TEST(Lowering, ABranchThatGivesWhatItWasGivenHasANodeOfItsOwn) {
  const auto model = lower_program(conditional(branch(""), branch("relu")));
  ASSERT_TRUE(model) << model.error().message;
  const graph::Graph& then = branch_of(model->graph.nodes[0], "then_branch");
  ASSERT_EQ(then.nodes.size(), 1U);
  EXPECT_EQ(then.nodes[0].op_type, "Identity");
  EXPECT_EQ(then.outputs.at(0).name, then.nodes[0].outputs.at(0));
}

TEST(Lowering, AnOutputThatBranchesSeeIsRenamedInThem) {
  Program made = program(floats({2, 3}), "y");
  made.inputs.push_back({"flag", "flag", ValueInfo{DType::kBool, {}, true}});
  made.outputs.push_back({"seen", "seen_output"});
  call(made, "exp", {{"self", TensorRef{"x"}}}, "seen", floats({2, 3}));
  const std::vector<TensorRef> operands = {{"seen"}};
  call(made, "higher_order::cond", {{"", TensorRef{"flag"}}, {"", branch("relu")}, {"", branch("sin")}, {"", operands}},
       "y", floats({2, 3}));
  const auto model = lower_program(made);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(branch_of(model->graph.nodes[1], "else_branch").nodes.at(0).inputs, ElementsAre("seen_output"));
}

TEST(Lowering, NamesOperatorsThatOnlyABranchUses) {
  const auto model = lower_program(conditional(branch("relu"), branch("mystery")));
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("aten.mystery (1 time)"));
}

TEST(Lowering, ABranchOfAnotherCountOfInputsIsRefused) {
  const auto wide = branch("relu");
  wide->inputs.push_back({"c", "c", floats({1})});
  const auto model = lower_program(conditional(wide, branch("relu")));
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("takes 2 inputs and is given 1"));
}

TEST(Lowering, ABranchThatReturnsNothingIsRefused) {
  const auto empty = branch("relu");
  empty->outputs.clear();
  EXPECT_FALSE(lower_program(conditional(empty, branch("relu"))));
}

TEST(Lowering, BranchesWithoutEndAreRefused) {
  std::shared_ptr<Program> inner = branch("relu");
  for (int depth = 0; depth < 100; ++depth) {
    Program around = conditional(inner, branch("relu"));
    around.inputs.pop_back();
    call(around, "gt.Scalar", {{"self", TensorRef{"x"}}, {"other", std::int64_t{0}}}, "flag",
         ValueInfo{DType::kBool, {}, true});
    std::swap(around.calls.front(), around.calls.back());
    inner = std::make_shared<Program>(std::move(around));
  }
  const auto model = lower_program(conditional(inner, branch("relu")));
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("more than 16 branches within branches"));
}

}  // namespace
}  // namespace tandem::convert::aten
