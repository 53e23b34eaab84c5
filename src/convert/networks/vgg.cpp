// SPDX-License-Identifier: Apache-2.0
// VGG 11 to 19 (Simonyan and Zisserman, arXiv 1409.1556), with and without batch norms, with torchvision's names.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// The convolutions' places in the list of layers tell where the pools are: what lies between two of them is a batch
/// norm, where there is one, a ReLU and, where there is room for it, a pool.
struct VggConfig {
  HeightWidth size = 224;
  double epsilon = 1e-5;
  bool batch_norms = false;
  std::vector<std::int64_t> convolutions;  // their places in `features`
  std::int64_t pooled = 7;                 // height and width that the classifier takes
  std::int64_t classes = 0;

  std::int64_t per_convolution() const { return batch_norms ? 3 : 2; }
};

constexpr std::int64_t kMostLayers = 200;

bool is_convolution(const Weights& weights, std::int64_t index) {
  const Shape* shape = weights.shape(fmt::format("features.{}.weight", index));
  return shape != nullptr && shape->rank() == 4;
}

bool is_vgg(const Weights& weights) {
  const Shape* first = weights.shape("features.0.weight");
  return first != nullptr && first->rank() == 4 && (*first)[2] == 3 && weights.has("features.0.bias") &&
         weights.has("classifier.0.weight") && weights.has("classifier.3.weight") && weights.has("classifier.6.weight");
}

/// The side of the square that the classifier takes of each of the last convolution's channels.
Result<std::int64_t> pooled_side(const Weights& weights, std::int64_t last) {
  const std::int64_t channels = TRY(weights.dim(fmt::format("features.{}.weight", last), 4, 0));
  const std::int64_t inputs = TRY(weights.dim("classifier.0.weight", 2, 1));
  const auto side = std::llround(std::sqrt(static_cast<double>(inputs) / static_cast<double>(channels)));
  if (side > 0 && channels * side * side == inputs) return side;
  return invalid_argument(fmt::format(
      "'classifier.0.weight' takes {} numbers: expected a square for each of {} channels", inputs, channels));
}

Result<VggConfig> infer_vgg(const Weights& weights, const ConvertOptions& options) {
  VggConfig config;
  config.size = TRY(choose_image_size(options, {}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.batch_norms = weights.has("features.1.running_mean");
  for (std::int64_t index = 0; index < kMostLayers; ++index) {
    if (is_convolution(weights, index)) config.convolutions.push_back(index);
  }
  config.classes = TRY(weights.dim("classifier.6.weight", 2, 0));
  if (config.convolutions.empty()) return invalid_argument("the checkpoint has no tensor 'features.0.weight'");
  config.pooled = TRY(pooled_side(weights, config.convolutions.back()));
  return config;
}

Facts describe(const VggConfig& config) {
  return {{"layers", fmt::format("{}", config.convolutions.size() + 3)},
          {"batch norms", config.batch_norms ? fmt::format("yes, eps {}", config.epsilon) : "no"},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)}};
}

Result<Feature> build_features(Build build, const VggConfig& config, const Feature& image) {
  Feature x = image;
  for (std::size_t i = 0; i < config.convolutions.size(); ++i) {
    const std::int64_t index = config.convolutions[i];
    const std::string norm = config.batch_norms ? fmt::format("features.{}", index + 1) : "";
    x = TRY(conv2d(build, x,
                   {.path = fmt::format("features.{}", index),
                    .kernel = 3,
                    .padding = 1,
                    .bias = true,
                    .batch_norm = norm,
                    .epsilon = config.epsilon}));
    const std::int64_t after = index + config.per_convolution();
    x = relu(build, x, fmt::format("features.{}", after - 1));
    const bool last = i + 1 == config.convolutions.size();
    if (last || config.convolutions[i + 1] != after) {
      x = TRY(max_pool(build, x, {.path = fmt::format("features.{}", after)}));
    }
  }
  return x;
}

Result<ImageAnswer> build_vgg(Build build, const VggConfig& config, const Feature& image) {
  const Feature x = TRY(build_features(build, config, image));
  const Feature pooled = TRY(adaptive_average_pool(build, x, config.pooled, "avgpool"));
  return hidden_classifier(build, pooled, {0, 3});
}

}  // namespace

const Network kVgg = {
    .name = "VGG",
    .arch = "vgg",
    .matches = is_vgg,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_vgg(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const VggConfig config = TRY(infer_vgg(weights, options));
      return convert_image_network(weights, options,
                                   {"vgg", "classification", describe(config), config.size, imagenet_input(224)},
                                   [&](Build build, const Feature& image) { return build_vgg(build, config, image); });
    },
};

}  // namespace tandem::convert
