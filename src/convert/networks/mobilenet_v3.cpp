// SPDX-License-Identifier: Apache-2.0
// MobileNetV3 with torchvision's names; small and large are told apart by the number of blocks.
#include "convert/networks/mobilenet_v3.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {

std::span<const MobileBlock> mobilenet_v3_small() {
  static constexpr std::array<MobileBlock, 11> kBlocks = {
      {{2}, {2}, {1}, {2, true}, {1, true}, {1, true}, {1, true}, {1, true}, {2, true}, {1, true}, {1, true}}};
  return kBlocks;
}

std::span<const MobileBlock> mobilenet_v3_large() {
  static constexpr std::array<MobileBlock, 15> kBlocks = {{{1},
                                                           {2},
                                                           {1},
                                                           {2},
                                                           {1},
                                                           {1},
                                                           {2, true},
                                                           {1, true},
                                                           {1, true},
                                                           {1, true},
                                                           {1, true},
                                                           {1, true},
                                                           {2, true},
                                                           {1, true},
                                                           {1, true}}};
  return kBlocks;
}

namespace {

/// The last block that halves the size and all after it, when these are dilated.
bool is_dilated(const MobileNetV3Features& features, std::size_t index) {
  const auto later = features.blocks.subspan(index + 1);
  return features.dilated && std::ranges::all_of(later, [](const MobileBlock& block) { return block.stride == 1; });
}

}  // namespace

Result<std::vector<Feature>> mobilenet_v3_layers(Build build, const Feature& image,
                                                 const MobileNetV3Features& features) {
  const auto path = [&](std::size_t index) { return fmt::format("{}{}", features.path, index); };
  ConvNorm outer{.path = path(0), .stride = 2, .activation = Activation::kHardSwish, .epsilon = features.epsilon};
  std::vector<Feature> layers = {TRY(conv_norm(build, image, outer))};
  for (std::size_t i = 0; i < features.blocks.size(); ++i) {
    const MobileBlock& block = features.blocks[i];
    const bool dilated = is_dilated(features, i);
    layers.push_back(TRY(inverted_residual(build, layers.back(),
                                           {.path = path(i + 1) + ".block",
                                            .stride = dilated ? 1 : block.stride,
                                            .dilation = dilated ? 2 : 1,
                                            .activation = block.hard_swish ? Activation::kHardSwish : Activation::kRelu,
                                            .epsilon = features.epsilon})));
  }
  outer.path = path(features.blocks.size() + 1);
  outer.stride = 1;
  layers.push_back(TRY(conv_norm(build, layers.back(), outer)));
  return layers;
}

Result<Feature> mobilenet_v3_features(Build build, const Feature& image, const MobileNetV3Features& features) {
  return TRY(mobilenet_v3_layers(build, image, features)).back();
}

namespace {

struct MobileNetV3Config {
  HeightWidth size = 224;
  double epsilon = 1e-3;
  bool large = false;
  std::int64_t classes = 0;
};

bool is_mobilenet_v3(const Weights& weights) {
  return weights.has("features.0.0.weight") && weights.has("features.1.block.0.0.weight") &&
         weights.has("classifier.3.weight");
}

Result<MobileNetV3Config> infer_mobilenet_v3(const Weights& weights, const ConvertOptions& options) {
  MobileNetV3Config config;
  config.size = TRY(choose_image_size(options, {}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.large = weights.has("features.16.0.weight");
  config.classes = TRY(weights.dim("classifier.3.weight", 2, 0));
  return config;
}

Facts describe(const MobileNetV3Config& config) {
  return {{"variant", config.large ? "large" : "small"},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

Result<ImageAnswer> build_classifier(Build build, const MobileNetV3Config& config, const Feature& image) {
  const auto blocks = config.large ? mobilenet_v3_large() : mobilenet_v3_small();
  const Feature x =
      TRY(mobilenet_v3_features(build, image, {.path = "features.", .blocks = blocks, .epsilon = config.epsilon}));
  const std::int64_t hidden = TRY(build.weights.dim("classifier.3.weight", 2, 1));
  std::string row = flatten(build, global_average_pool(build, x, "avgpool"), "flatten");
  row = TRY(dense(build, row, {.path = "classifier.0", .inputs = x.channels, .outputs = hidden}));
  row = activate(build, row, Activation::kHardSwish, "classifier.1");
  row = TRY(dense(build, row, {.path = "classifier.3", .inputs = hidden, .outputs = config.classes}));
  return ImageAnswer{std::move(row), {config.classes}};
}

}  // namespace

const Network kMobileNetV3 = {
    .name = "MobileNetV3",
    .arch = "mobilenet_v3",
    .matches = is_mobilenet_v3,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_mobilenet_v3(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const MobileNetV3Config config = TRY(infer_mobilenet_v3(weights, options));
      return convert_image_network(
          weights, options,
          {"mobilenet_v3", "classification", describe(config), config.size, imagenet_input(config.size.height)},
          [&](Build build, const Feature& image) { return build_classifier(build, config, image); });
    },
};

}  // namespace tandem::convert
