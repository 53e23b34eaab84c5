// SPDX-License-Identifier: Apache-2.0
// RegNet X and Y (Radosavovic et al., arXiv 2003.13678) with torchvision's names.
#include <fmt/format.h>

#include "convert/layers.h"
#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_regnet(const Weights& weights) {
  return weights.has("stem.0.weight") && weights.has("trunk_output.block1.block1-0.f.a.0.weight") &&
         weights.has("fc.weight");
}

Result<ClassifierConfig> infer_regnet(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "fc.weight"});
}

/// 1x1, 3x3 in groups with the stride, in Y squeeze and excitation, 1x1; added to the input or its projection.
Result<Feature> regnet_block(Build build, const ClassifierConfig& config, const Feature& input,
                             const std::pair<std::string, std::int64_t>& path_and_stride) {
  const auto& [path, stride] = path_and_stride;
  ConvNorm layer{.path = path + ".f.a", .activation = Activation::kRelu, .epsilon = config.epsilon};
  Feature x = TRY(conv_norm(build, input, layer));
  layer.path = path + ".f.b";
  layer.stride = stride;
  layer.groups = x.channels / TRY(build.weights.dim(layer.path + ".0.weight", 4, 1));
  if (layer.groups < 1) return invalid_argument(fmt::format("'{}' takes more channels than it gives", layer.path));
  x = TRY(conv_norm(build, x, layer));
  if (build.weights.has(path + ".f.se.fc1.weight")) x = TRY(squeeze_excite(build, x, {.path = path + ".f.se"}));
  x = TRY(conv_norm(build, x, {.path = path + ".f.c", .epsilon = config.epsilon}));
  Feature kept = input;
  if (stride != 1 || x.channels != input.channels) {
    kept = TRY(conv_norm(build, input, {.path = path + ".proj", .stride = stride, .epsilon = config.epsilon}));
  }
  return relu(build, TRY(add(build, kept, x, path + ".residual")), path);
}

Result<ImageAnswer> build_regnet(Build build, const ClassifierConfig& config, const Feature& image) {
  Feature x = TRY(conv_norm(build, image,
                            {.path = "stem", .stride = 2, .activation = Activation::kRelu, .epsilon = config.epsilon}));
  for (int stage = 1; stage <= 4; ++stage) {
    const std::string prefix = fmt::format("trunk_output.block{0}.block{0}-", stage);
    const std::int64_t blocks = count_tensors(build.weights, prefix, ".f.a.0.weight");
    if (blocks == 0) return invalid_argument(fmt::format("the checkpoint has no tensor '{}0.f.a.0.weight'", prefix));
    for (std::int64_t i = 0; i < blocks; ++i) {
      x = TRY(regnet_block(build, config, x, {fmt::format("{}{}", prefix, i), i == 0 ? 2 : 1}));
    }
  }
  return pooled_classifier(build, x, "fc");
}

}  // namespace

const Network kRegNet = {
    .name = "RegNet",
    .arch = "regnet",
    .matches = is_regnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_regnet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_regnet(weights, options));
      return convert_image_network(
          weights, options, {"regnet", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_regnet(build, config, image); });
    },
};

}  // namespace tandem::convert
