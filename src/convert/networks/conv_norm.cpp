// SPDX-License-Identifier: Apache-2.0
// What shapes tell is not asked for.
#include "convert/networks/conv_norm.h"

#include <fmt/format.h>

namespace tandem::convert {

Result<Feature> conv_norm(Build build, const Feature& input, const ConvNorm& layer) {
  const std::string weight = layer.path + ".0.weight";
  const std::int64_t height = TRY(build.weights.dim(weight, 4, 2));
  const std::int64_t width = TRY(build.weights.dim(weight, 4, 3));
  const HeightWidth kernel{height, width};
  const HeightWidth padding{(kernel.height - 1) / 2 * layer.dilation, (kernel.width - 1) / 2 * layer.dilation};
  const Feature x = TRY(conv2d(build, input,
                               {.path = layer.path + ".0",
                                .kernel = kernel,
                                .stride = layer.stride,
                                .padding = padding,
                                .dilation = layer.dilation,
                                .groups = layer.groups,
                                .batch_norm = layer.path + ".1",
                                .epsilon = layer.epsilon}));
  return activate(build, x, layer.activation, layer.path + ".activation");
}

Result<Feature> listed_conv_norm(Build build, const Feature& input, const ListedConvNorm& layer, double epsilon) {
  const auto at = [&](int behind) { return fmt::format("{}{}", layer.list, layer.index + behind); };
  const std::int64_t kernel = TRY(build.weights.dim(at(0) + ".weight", 4, 2));
  const Feature x = TRY(conv2d(build, input,
                               {.path = at(0),
                                .kernel = kernel,
                                .stride = layer.stride,
                                .padding = kernel / 2,
                                .groups = layer.depthwise ? 0 : 1,
                                .batch_norm = at(1),
                                .epsilon = epsilon}));
  return layer.relu ? relu(build, x, at(2)) : x;
}

Result<Feature> inverted_residual(Build build, const Feature& input, const InvertedResidual& block) {
  int next = 0;
  const auto part = [&] { return fmt::format("{}.{}", block.path, next++); };
  ConvNorm layer{.path = {}, .activation = block.activation, .epsilon = block.epsilon};
  Feature x = input;
  // The depthwise kernel is the only one with a single input channel; a block that begins with another one expands.
  if (TRY(build.weights.dim(block.path + ".0.0.weight", 4, 1)) != 1) {
    layer.path = part();
    x = TRY(conv_norm(build, x, layer));
  }
  layer.path = part();
  layer.stride = block.stride;
  layer.dilation = block.dilation;
  layer.groups = 0;
  x = TRY(conv_norm(build, x, layer));
  if (build.weights.has(fmt::format("{}.{}.fc1.weight", block.path, next))) {
    x = TRY(squeeze_excite(build, x, {.path = part(), .inner = block.squeeze, .gate = block.gate}));
  }
  x = TRY(conv_norm(build, x, {.path = part(), .epsilon = block.epsilon}));
  if (block.stride != 1 || x.channels != input.channels) return x;
  return add(build, input, x, block.path + ".residual");
}

}  // namespace tandem::convert
