// SPDX-License-Identifier: Apache-2.0
// SqueezeNet 1.0 and 1.1 (Iandola et al., arXiv 1602.07360) with torchvision's names.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_squeezenet(const Weights& weights) {
  return weights.has("features.0.weight") && weights.has("features.3.squeeze.weight") &&
         weights.has("classifier.1.weight");
}

Result<ClassifierConfig> infer_squeezenet(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "classifier.1.weight", .head_rank = 4});
}

/// A narrow 1x1 convolution, then 1x1 and 3x3 side by side.
Result<Feature> fire(Build build, const Feature& input, const std::string& path) {
  Feature x = TRY(conv2d(build, input, {.path = path + ".squeeze", .bias = true}));
  x = relu(build, x, path + ".squeeze_activation");
  const Feature small = TRY(conv2d(build, x, {.path = path + ".expand1x1", .bias = true}));
  const Feature large = TRY(conv2d(build, x, {.path = path + ".expand3x3", .kernel = 3, .padding = 1, .bias = true}));
  return relu(build, TRY(concat(build, std::array{small, large}, path)), path + ".expand_activation");
}

Result<Feature> pool(Build build, const Feature& input, std::int64_t index) {
  return max_pool(build, input,
                  {.path = fmt::format("features.{}", index), .kernel = 3, .stride = 2, .ceil_mode = true});
}

/// A place in the list of layers without tensors is a pool, which is where 1.0 and 1.1 differ.
Result<ImageAnswer> build_squeezenet(Build build, const ClassifierConfig& config, const Feature& image) {
  constexpr std::int64_t kLast = 12;
  const std::int64_t kernel = TRY(build.weights.dim("features.0.weight", 4, 2));
  Feature x = TRY(conv2d(build, image, {.path = "features.0", .kernel = kernel, .stride = 2, .bias = true}));
  x = relu(build, x, "features.1");
  x = TRY(pool(build, x, 2));
  for (std::int64_t index = 3; index <= kLast; ++index) {
    const std::string path = fmt::format("features.{}", index);
    x = build.weights.has(path + ".squeeze.weight") ? TRY(fire(build, x, path)) : TRY(pool(build, x, index));
  }
  x = TRY(conv2d(build, x, {.path = "classifier.1", .outputs = config.classes, .bias = true}));
  x = global_average_pool(build, relu(build, x, "classifier.2"), "classifier.3");
  return ImageAnswer{flatten(build, x, "flatten"), {config.classes}};
}

}  // namespace

const Network kSqueezeNet = {
    .name = "SqueezeNet",
    .arch = "squeezenet",
    .matches = is_squeezenet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_squeezenet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_squeezenet(weights, options));
      return convert_image_network(
          weights, options, {"squeezenet", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_squeezenet(build, config, image); });
    },
};

}  // namespace tandem::convert
