// SPDX-License-Identifier: Apache-2.0
// ConvNeXt tiny to large (Liu et al., arXiv 2201.03545) with torchvision's names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

constexpr double kConvNextEpsilon = 1e-6;

struct ConvNextConfig {
  HeightWidth size = 224;
  std::vector<std::int64_t> layers;  // of each stage
  std::int64_t width = 0;            // channels of the first stage
  std::int64_t classes = 0;
};

/// torchvision's list holds stem, stage, halving, stage, halving ...
std::string stage_path(std::size_t stage) { return fmt::format("features.{}", 2 * stage + 1); }

bool is_convnext(const Weights& weights) {
  return weights.has("features.0.0.weight") && weights.has("features.1.0.layer_scale") &&
         weights.has("classifier.2.weight");
}

Result<ConvNextConfig> infer_convnext(const Weights& weights, const ConvertOptions& options) {
  ConvNextConfig config;
  config.size = TRY(choose_image_size(options, {}));
  config.width = TRY(weights.dim("features.0.0.weight", 4, 0));
  while (const std::int64_t layers =
             count_tensors(weights, stage_path(config.layers.size()) + ".", ".block.0.weight")) {
    config.layers.push_back(layers);
  }
  config.classes = TRY(weights.dim("classifier.2.weight", 2, 0));
  return config;
}

Facts describe(const ConvNextConfig& config) {
  return {{"layers", fmt::format("{} from {} channels", fmt::join(config.layers, "-"), config.width)},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)}};
}

/// The layer's scale goes into the second matrix of the MLP, which is the last thing that it multiplies.
Result<Projection> scaled_projection(Build build, const std::string& path, Shape shape) {
  const std::int64_t channels = shape[0];
  const Tensor scale = TRY(build.weights.take(path + ".layer_scale", {channels, 1, 1}));
  Projection projection;
  projection.path = path + ".block.5";
  projection.weight = TRY(TRY(build.weights.take(path + ".block.5.weight", shape)).clone());
  projection.bias = TRY(TRY(build.weights.take(path + ".block.5.bias", {channels})).clone());
  const auto factors = scale.values<float>();
  const auto rows = projection.weight.mutable_values<float>();
  const auto bias = projection.bias.mutable_values<float>();
  const std::size_t columns = rows.size() / factors.size();
  for (std::size_t row = 0; row < factors.size(); ++row) {
    for (float& value : rows.subspan(row * columns, columns)) value *= factors[row];
    bias[row] *= factors[row];
  }
  return projection;
}

/// Depthwise 7x7, then over the channels of each place: norm, wide, GELU, narrow.
Result<Feature> block(Build build, const Feature& input, const std::string& path) {
  const Feature x = TRY(conv2d(
      build, input,
      {.path = path + ".block.0", .outputs = input.channels, .kernel = 7, .padding = 3, .groups = 0, .bias = true}));
  std::string row = transpose(build, x.value, {0, 2, 3, 1}, path + ".channels_last");
  row = TRY(layer_norm(build, row, {.path = path + ".block.2", .epsilon = kConvNextEpsilon}, x.channels));
  const std::int64_t wide = TRY(build.weights.dim(path + ".block.3.weight", 2, 0));
  row = TRY(linear(build, row, {.path = path + ".block.3", .inputs = x.channels, .outputs = wide}));
  row = activate(build, row, Activation::kGelu, path + ".block.4");
  row = TRY(project(build, row, TRY(scaled_projection(build, path, {x.channels, wide}))));
  return add(build, input, x.with(transpose(build, row, {0, 3, 1, 2}, path + ".channels_first")), path + ".residual");
}

Result<ImageAnswer> build_convnext(Build build, const ConvNextConfig& config, const Feature& image) {
  Feature x = TRY(
      conv2d(build, image, {.path = "features.0.0", .outputs = config.width, .kernel = 4, .stride = 4, .bias = true}));
  x = TRY(layer_norm2d(build, x, {.path = "features.0.1", .epsilon = kConvNextEpsilon}));
  for (std::size_t stage = 0; stage < config.layers.size(); ++stage) {
    if (stage > 0) {
      const std::string path = fmt::format("features.{}", 2 * stage);
      x = TRY(layer_norm2d(build, x, {.path = path + ".0", .epsilon = kConvNextEpsilon}));
      x = TRY(conv2d(build, x, {.path = path + ".1", .kernel = 2, .stride = 2, .bias = true}));
    }
    for (std::int64_t layer = 0; layer < config.layers[stage]; ++layer) {
      x = TRY(block(build, x, fmt::format("{}.{}", stage_path(stage), layer)));
    }
  }
  std::string row = flatten(build, global_average_pool(build, x, "avgpool"), "flatten");
  row = TRY(layer_norm(build, row, {.path = "classifier.0", .epsilon = kConvNextEpsilon}, x.channels));
  row = TRY(dense(build, row, {.path = "classifier.2", .inputs = x.channels, .outputs = config.classes}));
  return ImageAnswer{std::move(row), {config.classes}};
}

}  // namespace

const Network kConvNext = {
    .name = "ConvNeXt",
    .arch = "convnext",
    .matches = is_convnext,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_convnext(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ConvNextConfig config = TRY(infer_convnext(weights, options));
      return convert_image_network(
          weights, options, {"convnext", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_convnext(build, config, image); });
    },
};

}  // namespace tandem::convert
