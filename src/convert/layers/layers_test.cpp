// SPDX-License-Identifier: Apache-2.0
// What is folded into convolutions, against values worked out by hand.
#include "convert/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tandem::convert {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;

NamedTensor named(std::string name, Shape shape, std::vector<float> values) {
  return {std::move(name), Tensor::from<float>(std::move(shape), std::span<const float>(values)).value()};
}

template <typename... T>
Weights weights_of(T... tensors) {
  std::vector<NamedTensor> all;
  (all.push_back(std::move(tensors)), ...);
  return Weights(std::move(all));
}

/// The finished graph of one convolution over [batch, 1, 4, 4].
Result<graph::Model> conv_model(Weights& all, const ConvLayer& layer) {
  GraphBuilder graph("g");
  const Build build{graph, all};
  const TensorSpec input{
      "x", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(1), Dim::fixed(4), Dim::fixed(4)}, false}, false};
  const Feature output = TRY(conv2d(build, {graph.input(input), 1, 4, 4}, layer));
  graph.output(
      output.value,
      {"y",
       DType::kFloat32,
       {{Dim::symbol("batch"), Dim::fixed(output.channels), Dim::fixed(output.height), Dim::fixed(output.width)},
        false},
       false});
  return std::move(graph).finish();
}

std::vector<float> values(const graph::Model& model, std::string_view name) {
  const auto* found = model.graph.find_initializer(name);
  if (found == nullptr) return {};
  const auto span = found->tensor.values<float>();
  return {span.begin(), span.end()};
}

TEST(Conv2d, KeepsAWeightThatNothingIsFoldedInto) {
  Weights all = weights_of(named("c.weight", {1, 1, 1, 1}, {3}), named("c.bias", {1}, {4}));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .bias = true});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(values(*model, "c.weight"), ElementsAre(3));
  EXPECT_THAT(values(*model, "c.bias"), ElementsAre(4));
}

TEST(Conv2d, FoldsABatchNorm) {
  Weights all = weights_of(named("c.weight", {1, 1, 1, 1}, {3}), named("n.weight", {1}, {2}), named("n.bias", {1}, {5}),
                           named("n.running_mean", {1}, {1}), named("n.running_var", {1}, {3}));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .batch_norm = "n", .epsilon = 1});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_THAT(values(*model, "c.weight"), ElementsAre(FloatEq(3)));  // 3 * 2 / sqrt(3 + 1)
  EXPECT_THAT(values(*model, "c.bias"), ElementsAre(FloatEq(4)));    // 5 + (0 - 1) * 2 / sqrt(3 + 1)
}

TEST(Conv2d, FoldsTheBiasThroughTheBatchNorm) {
  Weights all =
      weights_of(named("c.weight", {1, 1, 1, 1}, {3}), named("c.bias", {1}, {7}), named("n.weight", {1}, {2}),
                 named("n.bias", {1}, {5}), named("n.running_mean", {1}, {1}), named("n.running_var", {1}, {3}));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .bias = true, .batch_norm = "n", .epsilon = 1});
  EXPECT_THAT(values(*model, "c.bias"), ElementsAre(FloatEq(11)));  // 5 + (7 - 1) * 1
}

TEST(Conv2d, StandardizesAKernel) {
  Weights all = weights_of(named("c.weight", {1, 1, 2, 2}, {1, 3, 1, 3}));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .kernel = 2, .standardized = true});
  const float one = 1 / std::sqrt(1.00001F);  // mean 2, variance 1
  EXPECT_THAT(values(*model, "c.weight"), ElementsAre(FloatEq(-one), FloatEq(one), FloatEq(-one), FloatEq(one)));
}

TEST(Conv2d, RefusesANegativeVariance) {
  Weights all = weights_of(named("c.weight", {1, 1, 1, 1}, {3}), named("n.weight", {1}, {2}), named("n.bias", {1}, {5}),
                           named("n.running_mean", {1}, {1}), named("n.running_var", {1}, {-3}));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .batch_norm = "n"});
  EXPECT_THAT(model.error().message, HasSubstr("negative variance"));
}

TEST(Conv2d, TellsTheSizeThatComesOut) {
  Weights all = weights_of(named("c.weight", {1, 1, 3, 3}, std::vector<float>(9)));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .kernel = 3, .stride = 2, .padding = 1});
  EXPECT_EQ(to_string(model.value().graph.outputs[0].shape), "[batch,1,2,2]");
}

TEST(Conv2d, RefusesAnImageThatIsTooSmall) {
  Weights all = weights_of(named("c.weight", {1, 1, 7, 7}, std::vector<float>(49)));
  const auto model = conv_model(all, {.path = "c", .outputs = 1, .kernel = 7});
  EXPECT_THAT(model.error().message, HasSubstr("too small"));
}

TEST(Linear, TransposesMatricesOfEverySize) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {16, 16}, {1, 40}, {33, 7}, {17, 50}, {1030, 1025}}) {
    Tensor matrix = Tensor::allocate(DType::kFloat32, {rows, columns}).value();
    for (std::size_t i = 0; i < matrix.element_count(); ++i) matrix.mutable_values<float>()[i] = static_cast<float>(i);
    const Tensor other = transposed(matrix).value();
    EXPECT_EQ(other.shape(), (Shape{columns, rows}));
    for (std::size_t i = 0; i < other.element_count(); ++i) {
      const std::size_t row = i % static_cast<std::size_t>(rows);
      const std::size_t column = i / static_cast<std::size_t>(rows);
      EXPECT_EQ(other.values<float>()[i], static_cast<float>(row * static_cast<std::size_t>(columns) + column));
    }
  }
}

TEST(Linear, TransposesAndScalesItsWeight) {
  Weights all = weights_of(named("l.weight", {1, 2}, {1, 2}), named("l.bias", {1}, {3}));
  GraphBuilder graph("g");
  const std::string x = graph.input({"x", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(2)}, false}, false});
  const auto y = linear({graph, all}, x, {.path = "l", .inputs = 2, .outputs = 1, .scale = 0.5});
  graph.output(y.value(), {"y", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(1)}, false}, false});
  const auto model = std::move(graph).finish();
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->graph.find_initializer("l.weight")->tensor.shape(), (Shape{2, 1}));
  EXPECT_THAT(values(*model, "l.weight"), ElementsAre(0.5F, 1));
  EXPECT_THAT(values(*model, "l.bias"), ElementsAre(1.5F));
}

}  // namespace
}  // namespace tandem::convert
