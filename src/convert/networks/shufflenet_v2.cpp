// SPDX-License-Identifier: Apache-2.0
// ShuffleNetV2 (Ma et al., arXiv 1807.11164) with torchvision's names, of any width.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
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

/// A convolution and the batch norm behind it in one list.
struct ShuffleNetStep {
  std::string list;  // with its dot: "stage2.0.branch1."
  int index = 0;
  std::int64_t stride = 1;
  bool depthwise = false;  // then without ReLU
};
Result<Feature> shuffle_step(Build build, const ClassifierConfig& config, const Feature& input,
                             const ShuffleNetStep& step) {
  const std::string path = fmt::format("{}{}", step.list, step.index);
  const std::int64_t kernel = TRY(build.weights.dim(path + ".weight", 4, 2));
  const Feature x = TRY(conv2d(build, input,
                               {.path = path,
                                .kernel = kernel,
                                .stride = step.stride,
                                .padding = kernel / 2,
                                .groups = step.depthwise ? 0 : 1,
                                .batch_norm = fmt::format("{}{}", step.list, step.index + 1),
                                .epsilon = config.epsilon}));
  return step.depthwise ? x : relu(build, x, fmt::format("{}{}", step.list, step.index + 2));
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
                             std::pair<std::string, std::int64_t> path_and_stride) {
  const auto& [path, stride] = path_and_stride;
  const std::int64_t half = input.channels / 2;
  Feature left;
  Feature right = input;
  if (stride > 1) {
    left = TRY(shuffle_step(build, config, input, {path + ".branch1.", 0, stride, true}));
    left = TRY(shuffle_step(build, config, left, {path + ".branch1.", 2}));
  } else {
    left = slice_channels(build, input, {0, half}, path + ".left");
    right = slice_channels(build, input, {half, half}, path + ".right");
  }
  right = TRY(shuffle_step(build, config, right, {path + ".branch2.", 0}));
  right = TRY(shuffle_step(build, config, right, {path + ".branch2.", 3, stride, true}));
  right = TRY(shuffle_step(build, config, right, {path + ".branch2.", 5}));
  return shuffle(build, TRY(concat(build, std::array{left, right}, path + ".join")), path);
}

Result<ImageAnswer> build_shufflenet(Build build, const ClassifierConfig& config, const Feature& image) {
  Feature x = TRY(shuffle_step(build, config, image, {"conv1.", 0, 2}));
  x = TRY(max_pool(build, x, {.path = "maxpool", .kernel = 3, .stride = 2, .padding = 1}));
  for (int stage = 2; stage <= 4; ++stage) {
    const std::string path = fmt::format("stage{}.", stage);
    const std::int64_t blocks = count_tensors(build.weights, path, ".branch2.0.weight");
    for (std::int64_t i = 0; i < blocks; ++i) {
      x = TRY(halved_block(build, config, x, {fmt::format("{}{}", path, i), i == 0 ? 2 : 1}));
    }
  }
  x = TRY(shuffle_step(build, config, x, {"conv5.", 0}));
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
