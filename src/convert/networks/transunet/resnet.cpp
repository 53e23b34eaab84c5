// SPDX-License-Identifier: Apache-2.0
// The ResNetV2 of TransUNet: standardized convolutions and group norms, with the skips padded as the original does.
#include <fmt/format.h>

#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

constexpr std::string_view kPath = "transformer.embeddings.hybrid_model.";
constexpr std::int64_t kGroups = 32;
constexpr float kNormEpsilon = 1e-6F;
constexpr float kProjectionEpsilon = 1e-5F;

Result<Feature> standardized_conv(Build build, const Feature& input, ConvLayer layer) {
  layer.standardized = true;
  return conv2d(build, input, layer);
}

/// Scale and shift a channel: float32 [channels, 1, 1], so that they broadcast over height and width.
Result<std::string> per_channel(Build build, const std::string& name, std::int64_t channels) {
  Tensor values = TRY(build.weights.take(name, {channels}));
  return build.graph.weight(name, TRY(TRY(values.clone()).reshaped({channels, 1, 1})));
}

/// Wu and He, "Group Normalization" (arXiv 1803.08494), by InstanceNormalization over [batch, groups, rest].
Result<Feature> group_norm(Build build, const Feature& input, const std::string& path) {
  if (input.channels % kGroups != 0) {
    return invalid_argument(fmt::format("'{}' normalizes {} channels in {} groups, which do not divide them", path,
                                        input.channels, kGroups));
  }
  GraphBuilder& graph = build.graph;
  const std::string grouped =
      graph.add("Reshape", {input.value, graph.integers(path + ".groups", {0, kGroups, -1})}, path + ".grouped");
  const std::vector<float> ones(kGroups, 1.0F);
  const std::vector<float> zeros(kGroups, 0.0F);
  const std::string one = graph.weight(path + ".ones", TRY(Tensor::from<float>({kGroups}, ones)));
  const std::string zero = graph.weight(path + ".zeros", TRY(Tensor::from<float>({kGroups}, zeros)));
  const std::string normal =
      graph.add("InstanceNormalization", {grouped, one, zero}, path + ".normal", attributes("epsilon", kNormEpsilon));
  const std::string shape = graph.integers(path + ".shape", {-1, input.channels, input.height, input.width});
  const std::string back = graph.add("Reshape", {normal, shape}, path + ".ungrouped");
  const std::string weight = TRY(per_channel(build, path + ".weight", input.channels));
  const std::string bias = TRY(per_channel(build, path + ".bias", input.channels));
  const std::string scaled = graph.add("Mul", {back, weight}, path + ".scaled");
  Feature output = input;
  output.value = graph.add("Add", {scaled, bias}, path);
  return output;
}

/// A group norm with one group a channel.
Result<Feature> instance_norm(Build build, const Feature& input, const std::string& path) {
  Tensor scale = TRY(build.weights.take(path + ".weight", {input.channels}));
  Tensor shift = TRY(build.weights.take(path + ".bias", {input.channels}));
  Feature output = input;
  output.value = build.graph.add("InstanceNormalization",
                                 {input.value, build.graph.weight(path + ".weight", std::move(scale)),
                                  build.graph.weight(path + ".bias", std::move(shift))},
                                 path, attributes("epsilon", kProjectionEpsilon));
  return output;
}

struct Unit {
  std::string path;
  std::int64_t inner = 0;  // channels between the convolutions; 4 times as many come out
  std::int64_t stride = 1;
};

/// Bottleneck: 1x1, 3x3 with the stride, 1x1, each normalized; added to the input or its projection.
Result<Feature> bottleneck(Build build, const Feature& input, const Unit& unit) {
  const std::string& path = unit.path;
  Feature residual = input;
  if (build.weights.has(path + ".downsample.weight")) {
    residual = TRY(standardized_conv(build, input,
                                     {.path = path + ".downsample", .outputs = 4 * unit.inner, .stride = unit.stride}));
    residual = TRY(instance_norm(build, residual, path + ".gn_proj"));
  } else if (input.channels != 4 * unit.inner || unit.stride != 1) {
    return invalid_argument(fmt::format("the checkpoint has no tensor '{}.downsample.weight'", path));
  }
  Feature x = TRY(standardized_conv(build, input, {.path = path + ".conv1", .outputs = unit.inner}));
  x = relu(build, TRY(group_norm(build, x, path + ".gn1")), path + ".relu1");
  x = TRY(standardized_conv(
      build, x, {.path = path + ".conv2", .outputs = unit.inner, .kernel = 3, .stride = unit.stride, .padding = 1}));
  x = relu(build, TRY(group_norm(build, x, path + ".gn2")), path + ".relu2");
  x = TRY(standardized_conv(build, x, {.path = path + ".conv3", .outputs = 4 * unit.inner}));
  x = TRY(group_norm(build, x, path + ".gn3"));
  x.value = build.graph.add("Add", {residual.value, x.value}, path + ".add");
  return relu(build, x, path + ".relu");
}

/// The copy for the decoder is zero-padded right and at the bottom; the feature that goes on is not.
Feature padded_skip(Build build, const Feature& input, std::int64_t size, std::string_view name) {
  if (input.height == size) return input;
  const std::int64_t missing = size - input.height;
  const std::string path = fmt::format("{}{}.skip", kPath, name);
  Feature output{"", input.channels, size, size};
  output.value = build.graph.add(
      "Pad", {input.value, build.graph.integers(path + ".pads", {0, 0, 0, 0, 0, 0, missing, missing})}, path);
  return output;
}

}  // namespace

Result<ResNetFeatures> build_resnet(Build build, const TransUnetConfig& config, const Feature& image) {
  const std::string root = fmt::format("{}root", kPath);
  Feature x = TRY(standardized_conv(
      build, image, {.path = root + ".conv", .outputs = config.width, .kernel = 7, .stride = 2, .padding = 3}));
  x = relu(build, TRY(group_norm(build, x, root + ".gn")), root + ".relu");
  ResNetFeatures features;
  features.skips.push_back(x);
  x = TRY(max_pool(build, x, {.path = fmt::format("{}pool", kPath), .kernel = 3}));
  for (std::size_t block = 0; block < config.units.size(); ++block) {
    const std::string name = fmt::format("body.block{}", block + 1);
    for (std::int64_t unit = 1; unit <= config.units[block]; ++unit) {
      const std::int64_t stride = unit == 1 && block > 0 ? 2 : 1;
      x = TRY(bottleneck(build, x, {fmt::format("{}{}.unit{}", kPath, name, unit), config.width << block, stride}));
    }
    if (block < 2) features.skips.push_back(padded_skip(build, x, config.image_size / (4 << block), name));
  }
  features.deepest = x;
  std::reverse(features.skips.begin(), features.skips.end());
  return features;
}

}  // namespace tandem::convert
