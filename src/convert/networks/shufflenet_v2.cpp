// SPDX-License-Identifier: Apache-2.0
// ShuffleNetV2 (Ma et al., arXiv 1807.11164) with torchvision's names, of any width.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_shufflenet(const Weights& weights) {
  return weights.has("conv1.0.weight") && weights.has("stage2.0.branch2.0.weight") && weights.has("fc.weight");
}

Result<ClassifierConfig> infer_shufflenet_v2(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "fc.weight"});
}

/// Channel i of the one half next to channel i of the other.
Feature shuffle(Build build, const Feature& input, const std::string& path) {
  const std::int64_t half = input.channels / 2;
  std::string x = reshape(build, input.value, {0, 2, half, input.height, input.width}, path + ".halves");
  x = transpose(build, x, {0, 2, 1, 3, 4}, path + ".mixed");
  return input.with(reshape(build, x, {0, input.channels, input.height, input.width}, path));
}

/// With a stride both branches see all channels; without, one half of them goes by.
Result<Feature> halved_block(Build build, const ClassifierConfig& config, const Feature& input,
                             const std::pair<std::string, std::int64_t>& path_and_stride) {
  const auto& [path, stride] = path_and_stride;
  const std::int64_t half = input.channels / 2;
  Feature left;
  Feature right = input;
  if (stride > 1) {
    left = TRY(listed_conv_norm(build, input, {path + ".branch1.", 0, stride, true, false}, config.epsilon));
    left = TRY(listed_conv_norm(build, left, {path + ".branch1.", 2}, config.epsilon));
  } else {
    left = slice_channels(build, input, {0, half}, path + ".left");
    right = slice_channels(build, input, {half, half}, path + ".right");
  }
  right = TRY(listed_conv_norm(build, right, {path + ".branch2.", 0}, config.epsilon));
  right = TRY(listed_conv_norm(build, right, {path + ".branch2.", 3, stride, true, false}, config.epsilon));
  right = TRY(listed_conv_norm(build, right, {path + ".branch2.", 5}, config.epsilon));
  return shuffle(build, TRY(concat(build, std::array{left, right}, path + ".join")), path);
}

Result<ImageAnswer> build_shufflenet(Build build, const ClassifierConfig& config, const Feature& image) {
  Feature x = TRY(listed_conv_norm(build, image, {"conv1.", 0, 2}, config.epsilon));
  x = TRY(max_pool(build, x, {.path = "maxpool", .kernel = 3, .stride = 2, .padding = 1}));
  for (int stage = 2; stage <= 4; ++stage) {
    const std::string path = fmt::format("stage{}.", stage);
    const std::int64_t blocks = count_tensors(build.weights, path, ".branch2.0.weight");
    for (std::int64_t i = 0; i < blocks; ++i) {
      x = TRY(halved_block(build, config, x, {fmt::format("{}{}", path, i), i == 0 ? 2 : 1}));
    }
  }
  x = TRY(listed_conv_norm(build, x, {"conv5.", 0}, config.epsilon));
  return pooled_classifier(build, x, "fc");
}

}  // namespace

const Network kShuffleNetV2 = {
    .name = "ShuffleNetV2",
    .arch = "shufflenet_v2",
    .matches = is_shufflenet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_shufflenet_v2(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_shufflenet_v2(weights, options));
      return convert_image_network(
          weights, options, {"shufflenet_v2", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_shufflenet(build, config, image); });
    },
};

}  // namespace tandem::convert
