// SPDX-License-Identifier: Apache-2.0
// DenseNet 121 to 201 (Huang et al., arXiv 1608.06993) with torchvision's names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <numeric>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

struct DenseNetConfig {
  HeightWidth size = 224;
  double epsilon = 1e-5;
  std::vector<std::int64_t> layers;  // of each dense block
  std::int64_t growth = 0;           // channels that each layer adds
  std::int64_t classes = 0;
};

bool is_densenet(const Weights& weights) {
  return weights.has("features.conv0.weight") && weights.has("features.norm5.weight") &&
         weights.has("classifier.weight");
}

/// torchvision's first files say norm.1 where they now say norm1.
std::string part(const Weights& weights, const std::string& layer, std::string_view name, int number) {
  std::string old = fmt::format("{}.{}.{}", layer, name, number);
  return weights.has(old + ".weight") ? old : fmt::format("{}.{}{}", layer, name, number);
}

std::string layer_path(std::size_t block, std::int64_t layer) {
  return fmt::format("features.denseblock{}.denselayer{}", block + 1, layer + 1);
}

std::int64_t count_layers(const Weights& weights, std::size_t block) {
  constexpr std::int64_t kMost = 1024;
  std::int64_t count = 0;
  while (count < kMost && weights.has(part(weights, layer_path(block, count), "conv", 2) + ".weight")) ++count;
  return count;
}

Result<DenseNetConfig> infer_densenet(const Weights& weights, const ConvertOptions& options) {
  DenseNetConfig config;
  config.size = TRY(choose_image_size(options, {}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  while (const std::int64_t layers = count_layers(weights, config.layers.size())) config.layers.push_back(layers);
  config.growth = TRY(weights.dim(part(weights, layer_path(0, 0), "conv", 2) + ".weight", 4, 0));
  config.classes = TRY(weights.dim("classifier.weight", 2, 0));
  return config;
}

Facts describe(const DenseNetConfig& config) {
  const std::int64_t dense = std::accumulate(config.layers.begin(), config.layers.end(), std::int64_t{0});
  const auto blocks = static_cast<std::int64_t>(config.layers.size());
  return {{"layers", fmt::format("{} ({})", 2 * dense + blocks + 1, fmt::join(config.layers, "-"))},
          {"growth", fmt::format("{}", config.growth)},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

Result<Feature> norm_relu(Build build, const DenseNetConfig& config, const Feature& input, const std::string& path) {
  return relu(build, TRY(batch_norm(build, input, {.path = path, .epsilon = config.epsilon})), path + ".relu");
}

/// Norm, ReLU, 1x1, norm (folded), ReLU, 3x3: what comes out stands behind what came in.
Result<Feature> dense_layer(Build build, const DenseNetConfig& config, const Feature& input, const std::string& path) {
  const auto name = [&](std::string_view kind, int number) { return part(build.weights, path, kind, number); };
  Feature x = TRY(norm_relu(build, config, input, name("norm", 1)));
  x = TRY(conv2d(build, x, {.path = name("conv", 1), .batch_norm = name("norm", 2), .epsilon = config.epsilon}));
  x = relu(build, x, path + ".relu2");
  x = TRY(conv2d(build, x, {.path = name("conv", 2), .outputs = config.growth, .kernel = 3, .padding = 1}));
  return concat(build, std::array{input, x}, path + ".join");
}

Result<Feature> transition(Build build, const DenseNetConfig& config, const Feature& input, const std::string& path) {
  Feature x = TRY(norm_relu(build, config, input, path + ".norm"));
  x = TRY(conv2d(build, x, {.path = path + ".conv"}));
  return average_pool(build, x, {.path = path + ".pool"});
}

Result<ImageAnswer> build_densenet(Build build, const DenseNetConfig& config, const Feature& image) {
  Feature x = TRY(conv2d(build, image,
                         {.path = "features.conv0",
                          .kernel = 7,
                          .stride = 2,
                          .padding = 3,
                          .batch_norm = "features.norm0",
                          .epsilon = config.epsilon}));
  x = relu(build, x, "features.relu0");
  x = TRY(max_pool(build, x, {.path = "features.pool0", .kernel = 3, .stride = 2, .padding = 1}));
  for (std::size_t block = 0; block < config.layers.size(); ++block) {
    for (std::int64_t layer = 0; layer < config.layers[block]; ++layer) {
      x = TRY(dense_layer(build, config, x, layer_path(block, layer)));
    }
    const bool last = block + 1 == config.layers.size();
    if (!last) x = TRY(transition(build, config, x, fmt::format("features.transition{}", block + 1)));
  }
  x = TRY(norm_relu(build, config, x, "features.norm5"));
  return pooled_classifier(build, x, "classifier");
}

}  // namespace

const Network kDenseNet = {
    .name = "DenseNet",
    .arch = "densenet",
    .matches = is_densenet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_densenet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const DenseNetConfig config = TRY(infer_densenet(weights, options));
      return convert_image_network(
          weights, options, {"densenet", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_densenet(build, config, image); });
    },
};

}  // namespace tandem::convert
