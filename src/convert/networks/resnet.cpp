// SPDX-License-Identifier: Apache-2.0
// ResNet, ResNeXt and Wide ResNet as classifiers.
#include <fmt/format.h>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/resnet_stages.h"

namespace tandem::convert {
namespace {

struct ResNetConfig {
  HeightWidth size = 224;
  ResNetLayout layout;
  std::int64_t classes = 0;
};

bool is_resnet(const Weights& weights) { return has_resnet(weights, "") && weights.has("fc.weight"); }

Result<ResNetConfig> infer_resnet(const Weights& weights, const ConvertOptions& options) {
  ResNetConfig config;
  config.size = TRY(choose_image_size(options, {}));
  config.layout = TRY(infer_resnet(weights, ""));
  config.layout.epsilon = options.batch_norm_epsilon.value_or(config.layout.epsilon);
  config.classes = TRY(weights.dim("fc.weight", 2, 0));
  return config;
}

Facts describe(const ResNetConfig& config) {
  return {{"layers", describe(config.layout)},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.layout.epsilon)}};
}

}  // namespace

const Network kResNet = {
    .name = "ResNet",
    .arch = "resnet",
    .matches = is_resnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_resnet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ResNetConfig config = TRY(infer_resnet(weights, options));
      return convert_image_network(weights, options,
                                   {"resnet", "classification", describe(config), config.size, imagenet_input(224)},
                                   [&](Build build, const Feature& image) -> Result<ImageAnswer> {
                                     const auto stages = TRY(resnet_stages(build, config.layout, image));
                                     return pooled_classifier(build, stages.back(), "fc");
                                   });
    },
};

}  // namespace tandem::convert
