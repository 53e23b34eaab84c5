// SPDX-License-Identifier: Apache-2.0
// MNASNet B1 (Tan et al., arXiv 1807.11626) with torchvision's names, of any width.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_mnasnet(const Weights& weights) {
  return weights.has("layers.0.weight") && weights.has("layers.8.0.layers.0.weight") &&
         weights.has("classifier.1.weight");
}

Result<ClassifierConfig> infer_mnasnet(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "classifier.1.weight"});
}

Result<Feature> block(Build build, const ClassifierConfig& config, const Feature& input,
                      const std::pair<std::string, std::int64_t>& list_and_stride) {
  const auto& [list, stride] = list_and_stride;
  Feature x = TRY(listed_conv_norm(build, input, {list, 0}, config.epsilon));
  x = TRY(listed_conv_norm(build, x, {list, 3, stride, true}, config.epsilon));
  x = TRY(listed_conv_norm(build, x, {list, 6, 1, false, false}, config.epsilon));
  if (stride != 1 || x.channels != input.channels) return x;
  return add(build, x, input, list + "residual");
}

Result<ImageAnswer> build_mnasnet(Build build, const ClassifierConfig& config, const Feature& image) {
  constexpr std::array<std::int64_t, 6> kStrides = {2, 2, 2, 1, 2, 1};
  Feature x = TRY(listed_conv_norm(build, image, {"layers.", 0, 2}, config.epsilon));
  x = TRY(listed_conv_norm(build, x, {"layers.", 3, 1, true}, config.epsilon));
  x = TRY(listed_conv_norm(build, x, {"layers.", 6, 1, false, false}, config.epsilon));
  for (std::size_t stack = 0; stack < kStrides.size(); ++stack) {
    const std::string path = fmt::format("layers.{}.", stack + 8);
    const std::int64_t blocks = count_tensors(build.weights, path, ".layers.0.weight");
    for (std::int64_t i = 0; i < blocks; ++i) {
      x = TRY(block(build, config, x, {fmt::format("{}{}.layers.", path, i), i == 0 ? kStrides[stack] : 1}));
    }
  }
  x = TRY(listed_conv_norm(build, x, {"layers.", 14}, config.epsilon));
  return pooled_classifier(build, x, "classifier.1");
}

}  // namespace

const Network kMnasNet = {
    .name = "MNASNet",
    .arch = "mnasnet",
    .matches = is_mnasnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_mnasnet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_mnasnet(weights, options));
      return convert_image_network(
          weights, options, {"mnasnet", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_mnasnet(build, config, image); });
    },
};

}  // namespace tandem::convert
