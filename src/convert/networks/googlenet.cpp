// SPDX-License-Identifier: Apache-2.0
// GoogLeNet with batch norms (Szegedy et al., arXiv 1409.4842) with torchvision's names.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/networks/basic_conv.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_googlenet(const Weights& weights) {
  return weights.has("conv1.conv.weight") && weights.has("inception3a.branch1.conv.weight") && weights.has("fc.weight");
}

Result<ClassifierConfig> infer_googlenet(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "fc.weight", .epsilon = 1e-3});
}

/// 1x1; 1x1 and 3x3; 1x1 and 3x3 (the published 5x5 is a 3x3 in torchvision); pool and 1x1: side by side.
Result<Feature> inception(Build build, const ClassifierConfig& config, const Feature& input, const std::string& path) {
  const auto conv = [&](const Feature& x, const std::string& name) {
    return basic_conv(build, x, {.path = fmt::format("{}.{}", path, name), .epsilon = config.epsilon});
  };
  const Feature first = TRY(conv(input, "branch1"));
  const Feature second = TRY(conv(TRY(conv(input, "branch2.0")), "branch2.1"));
  const Feature third = TRY(conv(TRY(conv(input, "branch3.0")), "branch3.1"));
  const Feature pooled = TRY(
      max_pool(build, input, {.path = path + ".branch4.0", .kernel = 3, .stride = 1, .padding = 1, .ceil_mode = true}));
  const Feature fourth = TRY(conv(pooled, "branch4.1"));
  return concat(build, std::array{first, second, third, fourth}, path);
}

Result<Feature> pool(Build build, const Feature& input, std::pair<int, std::int64_t> number_and_kernel) {
  return max_pool(build, input,
                  {.path = fmt::format("maxpool{}", number_and_kernel.first),
                   .kernel = number_and_kernel.second,
                   .stride = 2,
                   .ceil_mode = true});
}

Result<ImageAnswer> build_googlenet(Build build, const ClassifierConfig& config, const Feature& image) {
  for (const char* training : {"aux1.", "aux2."}) build.weights.leave(training);
  Feature x = TRY(basic_conv(build, image, {.path = "conv1", .stride = 2, .epsilon = config.epsilon}));
  x = TRY(pool(build, x, {1, 3}));
  for (const char* path : {"conv2", "conv3"}) {
    x = TRY(basic_conv(build, x, {.path = path, .epsilon = config.epsilon}));
  }
  x = TRY(pool(build, x, {2, 3}));
  for (const char* path : {"3a", "3b"}) x = TRY(inception(build, config, x, fmt::format("inception{}", path)));
  x = TRY(pool(build, x, {3, 3}));
  for (const char* path : {"4a", "4b", "4c", "4d", "4e"}) {
    x = TRY(inception(build, config, x, fmt::format("inception{}", path)));
  }
  x = TRY(pool(build, x, {4, 2}));
  for (const char* path : {"5a", "5b"}) x = TRY(inception(build, config, x, fmt::format("inception{}", path)));
  return pooled_classifier(build, x, "fc");
}

}  // namespace

const Network kGoogLeNet = {
    .name = "GoogLeNet",
    .arch = "googlenet",
    .matches = is_googlenet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_googlenet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_googlenet(weights, options));
      return convert_image_network(
          weights, options, {"googlenet", "classification", describe(config), config.size, half_input(224)},
          [&](Build build, const Feature& image) { return build_googlenet(build, config, image); });
    },
};

}  // namespace tandem::convert
