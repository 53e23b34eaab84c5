// SPDX-License-Identifier: Apache-2.0
// The conformance of passes: what ONNX Runtime makes of a small network before and after each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/log.h"
#include "core/half.h"
#include "core/tolerance.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "graph/onnx_writer.h"
#include "graph/passes/simplify.h"
#include "optimize/calibrate.h"
#include "optimize/float16.h"
#include "optimize/int8_dynamic.h"
#include "optimize/int8_static.h"
#include "optimize/parity.h"
#include "support/small_networks.h"

namespace tandem::optimize {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Engine& engine() {
  static const std::unique_ptr<Engine> kEngine = make_onnxruntime_engine();
  return *kEngine;
}

std::vector<Tensor> inputs_of(const graph::Model& model, unsigned seed) {
  std::vector<std::int64_t> shape;
  for (const Dim& dim : model.graph.inputs[0].shape.dims) shape.push_back(dim.is_fixed() ? dim.size : 3);
  std::vector<Tensor> inputs;
  inputs.push_back(small_networks::random_tensor(Shape(shape), seed));
  return inputs;
}

Tensor run(const graph::Model& model, unsigned seed) {
  const std::string bytes = encode_onnx(model)->bytes();
  const auto session = engine().load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
  if (!session) throw std::runtime_error(session.error().message);
  auto outputs = (*session)->run(inputs_of(model, seed));
  if (!outputs) throw std::runtime_error(outputs.error().message);
  return std::move(outputs->front());
}

double sqnr(const graph::Model& before, const graph::Model& after) {
  Parity parity;
  for (unsigned seed = 100; seed < 104; ++seed) parity.add(run(before, seed), run(after, seed));
  return parity.sound() ? parity.sqnr_db().value_or(300) : -300;
}

Samples samples_of(const graph::Model& model) {
  return {4, [&model](std::size_t index) -> Result<std::vector<Tensor>> {
            return inputs_of(model, static_cast<unsigned>(index));
          }};
}

TEST(Float16Numbers, AConvolutionalNetworkKeepsThreeDigits) {
  graph::Model model = small_networks::convolutional();
  ASSERT_TRUE(to_float16(model));
  EXPECT_GT(sqnr(small_networks::convolutional(), model), 55);
}

TEST(Float16Numbers, HalvedEdgesTakeAndGiveHalves) {
  graph::Model model = small_networks::products();
  ASSERT_TRUE(to_float16(model, Float16Edges::kHalved));
  const std::string bytes = encode_onnx(model)->bytes();
  const auto session = engine().load_bytes(std::as_bytes(std::span(bytes)), SessionOptions{});
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(Tensor::allocate(DType::kFloat16, {2, 16}).value());
  for (Float16& value : inputs[0].mutable_values<Float16>()) value = tandem::to_float16(0.5F);
  const auto outputs = (*session)->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->front().dtype(), DType::kFloat16);
}

TEST(DynamicNumbers, ProductsKeepTwoDigits) {
  graph::Model model = small_networks::products();
  ASSERT_TRUE(quantize_dynamic(model, WeightBits::kSeven));
  EXPECT_GT(sqnr(small_networks::products(), model), 30);
}

TEST(StaticNumbers, AConvolutionalNetworkKeepsTwoDigits) {
  graph::Model model = small_networks::convolutional();
  const Ranges ranges = calibrate(model, values_to_calibrate(model), engine(), samples_of(model)).value();
  ASSERT_TRUE(quantize_static(model, ranges, WeightBits::kSeven));
  EXPECT_GT(sqnr(small_networks::convolutional(), model), 25);
}

TEST(FoldedNumbers, AFoldedNetworkGivesTheSameNumbers) {
  const auto make = [] {
    graph::Model model = small_networks::convolutional();
    graph::Graph& graph = model.graph;
    for (const char* name : {"gamma", "beta", "mean", "variance"}) small_networks::weight(graph, name, {6}, 0.2F);
    for (float& value : graph.find_initializer("variance")->tensor.mutable_values<float>())
      value = 0.5F + value * value;
    graph.nodes.insert(
        graph.nodes.begin() + 1,
        small_networks::node("BatchNormalization", {"conv1", "gamma", "beta", "mean", "variance"}, {"bn"}));
    graph.nodes[2].inputs[0] = "bn";
    return model;
  };
  graph::Model model = make();
  ASSERT_EQ(graph::fold_batch_norm(model, {}).value(), 1U);
  EXPECT_GT(sqnr(make(), model), 110);
}

TEST(Calibration, RangesAreThoseOfTheSamples) {
  graph::Model model = small_networks::convolutional();
  const Ranges ranges = calibrate(model, {"x", "relu1"}, engine(), samples_of(model)).value();
  float smallest = std::numeric_limits<float>::infinity();
  for (unsigned seed = 0; seed < 4; ++seed) {
    const auto inputs = inputs_of(model, seed);
    for (const float value : inputs[0].values<float>()) smallest = std::min(smallest, value);
  }
  EXPECT_EQ(ranges.at("x").min, smallest);
  EXPECT_EQ(ranges.at("relu1").min, 0);
  EXPECT_GT(ranges.at("relu1").max, 0);
  EXPECT_THAT(model.graph.outputs, SizeIs(1));
}

TEST(Calibration, SmallGroupsGiveTheSameRanges) {
  graph::Model model = small_networks::convolutional();
  const std::vector<std::string> values{"x", "relu1", "pool", "relu2", "y"};
  CalibrateOptions one_by_one;
  one_by_one.group_bytes = 1;
  const Ranges together = calibrate(model, values, engine(), samples_of(model)).value();
  const Ranges apart = calibrate(model, values, engine(), samples_of(model), one_by_one).value();
  for (const std::string& value : values) {
    EXPECT_FLOAT_EQ(together.at(value).min, apart.at(value).min) << value;
    EXPECT_FLOAT_EQ(together.at(value).max, apart.at(value).max) << value;
  }
}

TEST(Calibration, NothingToCalibrateOnIsRefused) {
  graph::Model model = small_networks::convolutional();
  const auto refused = calibrate(model, {"x"}, engine(), Samples{});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("at least one sample"));
}

TEST(Calibration, AValueThatIsNeverFiniteIsNamed) {
  graph::Model model = small_networks::products();
  const Samples samples{1, [](std::size_t) -> Result<std::vector<Tensor>> {
                          std::vector<Tensor> inputs;
                          inputs.push_back(Tensor::allocate(DType::kFloat32, {1, 16}).value());
                          for (float& value : inputs[0].mutable_values<float>()) value = NAN;
                          return inputs;
                        }};
  const auto refused = calibrate(model, {"hidden"}, engine(), samples);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'hidden' takes no finite number"));
}

}  // namespace
}  // namespace tandem::optimize
