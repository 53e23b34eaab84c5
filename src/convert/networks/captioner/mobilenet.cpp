// SPDX-License-Identifier: Apache-2.0
// MobileNetV3-small with torchvision's key names; channel counts are read from the tensors, so any width fits.
#include <fmt/format.h>

#include "convert/networks/captioner/parts.h"

namespace tandem::convert {
namespace {

enum class Activation { kNone, kRelu, kHardSwish };

Feature activate(Build build, const Feature& input, Activation activation, const std::string& path) {
  if (activation == Activation::kNone) return input;
  Feature output = input;
  output.value =
      build.graph.add(activation == Activation::kRelu ? "Relu" : "HardSwish", {input.value}, path + ".activation");
  return output;
}

/// What one convolution of the network adds to its tensors.
struct ConvBlock {
  std::string path;  // torchvision's Conv2dNormActivation: .0 convolution, .1 batch norm
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  bool depthwise = false;
  Activation activation = Activation::kNone;
};

Result<Feature> conv_block(Build build, const CaptionerConfig& config, const Feature& input, const ConvBlock& block) {
  const std::int64_t outputs = TRY(build.weights.dim(block.path + ".0.weight", 4, 0));
  if (block.depthwise && outputs != input.channels) {
    return invalid_argument(fmt::format("'{}.0.weight' has {} channels: expected {}, one for each that comes in",
                                        block.path, outputs, input.channels));
  }
  const Feature x = TRY(conv2d(build, input,
                               {.path = block.path + ".0",
                                .outputs = outputs,
                                .kernel = block.kernel,
                                .stride = block.stride,
                                .padding = (block.kernel - 1) / 2,
                                .groups = block.depthwise ? input.channels : 1,
                                .batch_norm = block.path + ".1",
                                .epsilon = config.batch_norm_epsilon}));
  return activate(build, x, block.activation, block.path);
}

/// Squeeze and excitation (Hu et al., arXiv 1709.01507) with ReLU and HardSigmoid.
Result<Feature> squeeze_excite(Build build, const Feature& input, const std::string& path) {
  GraphBuilder& graph = build.graph;
  const std::int64_t squeezed = TRY(build.weights.dim(path + ".fc1.weight", 4, 0));
  Feature x{graph.add("GlobalAveragePool", {input.value}, path + ".pool"), input.channels, 1, 1};
  x = TRY(conv2d(build, x, {.path = path + ".fc1", .outputs = squeezed, .bias = true}));
  x = relu(build, x, path + ".relu");
  x = TRY(conv2d(build, x, {.path = path + ".fc2", .outputs = input.channels, .bias = true}));
  const std::string gate = graph.add("HardSigmoid", {x.value}, path + ".gate", attributes("alpha", 1.0F / 6));
  Feature output = input;
  output.value = graph.add("Mul", {input.value, gate}, path);
  return output;
}

/// [expand 1x1], depthwise, [squeeze and excite], project 1x1; the optional ones are there when their tensors are.
Result<Feature> inverted_residual(Build build, const CaptionerConfig& config, const Feature& input,
                                  std::pair<std::string, MobileBlock> block) {
  const std::string& path = block.first;
  const MobileBlock& shape = block.second;
  const Activation activation = shape.hard_swish ? Activation::kHardSwish : Activation::kRelu;
  int next = 0;
  const auto part = [&] { return fmt::format("{}.block.{}", path, next++); };
  Feature x = input;
  // The depthwise kernel is the only one with a single input channel; a block that begins with another one expands.
  const std::int64_t inputs = TRY(build.weights.dim(path + ".block.0.0.weight", 4, 1));
  if (inputs != 1) x = TRY(conv_block(build, config, x, {.path = part(), .activation = activation}));
  x = TRY(conv_block(
      build, config, x,
      {.path = part(), .kernel = shape.kernel, .stride = shape.stride, .depthwise = true, .activation = activation}));
  if (build.weights.has(fmt::format("{}.block.{}.fc1.weight", path, next))) {
    x = TRY(squeeze_excite(build, x, part()));
  }
  x = TRY(conv_block(build, config, x, {.path = part()}));
  if (shape.stride == 1 && x.channels == input.channels) {
    x.value = build.graph.add("Add", {input.value, x.value}, path + ".residual");
  }
  return x;
}

}  // namespace

Result<Feature> build_mobilenet(Build build, const CaptionerConfig& config, const Feature& image) {
  Feature x = TRY(conv_block(build, config, image,
                             {.path = "encoder.0", .kernel = 3, .stride = 2, .activation = Activation::kHardSwish}));
  for (std::size_t i = 0; i < kMobileNetV3Small.size(); ++i) {
    x = TRY(inverted_residual(build, config, x, {fmt::format("encoder.{}", i + 1), kMobileNetV3Small[i]}));
  }
  return conv_block(build, config, x, {.path = "encoder.12", .activation = Activation::kHardSwish});
}

}  // namespace tandem::convert
