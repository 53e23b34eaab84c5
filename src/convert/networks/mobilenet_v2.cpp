// SPDX-License-Identifier: Apache-2.0
// MobileNetV2 (Sandler et al., arXiv 1801.04381) with torchvision's names; channels come from the tensors, so any width
// fits.
#include <fmt/format.h>

#include <array>

#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// Table 2: the strides of the 17 blocks.
constexpr std::array<std::int64_t, 17> kStrides = {1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1};

bool is_mobilenet_v2(const Weights& weights) {
  return weights.has("features.0.0.weight") && weights.has("features.1.conv.0.0.weight") &&
         weights.has("features.18.0.weight") && weights.has("classifier.1.weight");
}

Result<ClassifierConfig> infer_mobilenet_v2(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "classifier.1.weight"});
}

/// Like inverted_residual, but the projection's convolution and batch norm stand in the block's own list.
Result<Feature> block(Build build, const ClassifierConfig& config, const Feature& input, std::int64_t index) {
  const std::string path = fmt::format("features.{}.conv", index + 1);
  const std::int64_t stride = kStrides[static_cast<std::size_t>(index)];
  ConvNorm layer{.path = path + ".0", .activation = Activation::kRelu6, .epsilon = config.epsilon};
  Feature x = input;
  int depthwise = 0;
  if (build.weights.has(path + ".1.0.weight")) {
    x = TRY(conv_norm(build, x, layer));
    depthwise = 1;
  }
  layer.path = fmt::format("{}.{}", path, depthwise);
  layer.stride = stride;
  layer.groups = 0;
  x = TRY(conv_norm(build, x, layer));
  x = TRY(conv2d(build, x,
                 {.path = fmt::format("{}.{}", path, depthwise + 1),
                  .batch_norm = fmt::format("{}.{}", path, depthwise + 2),
                  .epsilon = config.epsilon}));
  if (stride != 1 || x.channels != input.channels) return x;
  return add(build, input, x, path + ".residual");
}

Result<ImageAnswer> build_mobilenet(Build build, const ClassifierConfig& config, const Feature& image) {
  const auto outer = [&](const char* path, std::int64_t stride) {
    return ConvNorm{.path = path, .stride = stride, .activation = Activation::kRelu6, .epsilon = config.epsilon};
  };
  Feature x = TRY(conv_norm(build, image, outer("features.0", 2)));
  for (std::size_t i = 0; i < kStrides.size(); ++i) {
    x = TRY(block(build, config, x, static_cast<std::int64_t>(i)));
  }
  x = TRY(conv_norm(build, x, outer("features.18", 1)));
  return pooled_classifier(build, x, "classifier.1");
}

}  // namespace

const Network kMobileNetV2 = {
    .name = "MobileNetV2",
    .arch = "mobilenet_v2",
    .matches = is_mobilenet_v2,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_mobilenet_v2(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_mobilenet_v2(weights, options));
      return convert_image_network(
          weights, options, {"mobilenet_v2", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_mobilenet(build, config, image); });
    },
};

}  // namespace tandem::convert
