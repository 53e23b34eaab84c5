// SPDX-License-Identifier: Apache-2.0
// torchvision's segmenters: FCN (Long et al., arXiv 1411.4038) and DeepLabV3 (Chen et al., 1706.05587) on a dilated
// ResNet or, DeepLabV3 alone, MobileNetV3-large.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/mobilenet_v3.h"
#include "convert/networks/resnet_stages.h"

namespace tandem::convert {
namespace {

struct SegmenterConfig {
  HeightWidth size = 520;
  bool mobile = false;  // MobileNetV3-large, else the ResNet of the layout
  ResNetLayout layout;
  double epsilon = 1e-5;         // of the head's batch norms
  double mobile_epsilon = 1e-3;  // of MobileNetV3's
  bool pyramid = false;          // DeepLabV3's spatial pyramid; else FCN's single convolution
  std::int64_t classes = 0;
};

constexpr std::string_view kPyramid = "classifier.0.convs.0.0.weight";

bool is_fcn(const Weights& weights) {
  return has_resnet(weights, "backbone.") && weights.has("classifier.4.weight") && !weights.has(kPyramid);
}
bool has_mobilenet(const Weights& weights) {
  return weights.has("backbone.0.0.weight") && weights.has("backbone.16.0.weight");
}
bool is_deeplab(const Weights& weights) {
  return (has_resnet(weights, "backbone.") || has_mobilenet(weights)) && weights.has("classifier.4.weight") &&
         weights.has(kPyramid);
}

Result<SegmenterConfig> infer_segmenters(const Weights& weights, const ConvertOptions& options) {
  SegmenterConfig config;
  config.size = TRY(choose_image_size(options, {.published = 520}));
  config.mobile = has_mobilenet(weights);
  if (!config.mobile) config.layout = TRY(infer_resnet(weights, "backbone."));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.mobile_epsilon = options.batch_norm_epsilon.value_or(config.mobile_epsilon);
  config.layout.epsilon = config.epsilon;
  config.layout.dilated = true;
  config.pyramid = weights.has(kPyramid);
  config.classes = TRY(weights.dim("classifier.4.weight", 4, 0));
  return config;
}

Facts describe(const SegmenterConfig& config) {
  const std::string backbone = config.mobile ? "MobileNetV3-large" : "ResNet, layers " + describe(config.layout);
  return {{"backbone", backbone + ", dilated"},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// torch modules path.0 (convolution without bias), path.1 (batch norm), ReLU.
struct ListedConv {
  std::string path;
  int first = 0;  // place of the convolution in the list
  std::int64_t kernel = 1;
  std::int64_t dilation = 1;
};
Result<Feature> listed_conv(Build build, const SegmenterConfig& config, const Feature& input, const ListedConv& conv) {
  const Feature x = TRY(conv2d(build, input,
                               {.path = fmt::format("{}.{}", conv.path, conv.first),
                                .kernel = conv.kernel,
                                .padding = (conv.kernel - 1) / 2 * conv.dilation,
                                .dilation = conv.dilation,
                                .batch_norm = fmt::format("{}.{}", conv.path, conv.first + 1),
                                .epsilon = config.epsilon}));
  return relu(build, x, fmt::format("{}.{}", conv.path, conv.first + 2));
}

/// Atrous spatial pyramid pooling: 1x1, three 3x3 with the published rates, and the mean of the image, joined.
Result<Feature> spatial_pyramid(Build build, const SegmenterConfig& config, const Feature& input) {
  constexpr std::array<std::int64_t, 3> kRates = {12, 24, 36};
  std::vector<Feature> branches = {TRY(listed_conv(build, config, input, {.path = "classifier.0.convs.0"}))};
  for (std::size_t i = 0; i < kRates.size(); ++i) {
    const std::string path = fmt::format("classifier.0.convs.{}", i + 1);
    branches.push_back(TRY(listed_conv(build, config, input, {.path = path, .kernel = 3, .dilation = kRates[i]})));
  }
  const std::string path = "classifier.0.convs.4";
  Feature mean = global_average_pool(build, input, path + ".0");
  mean = TRY(listed_conv(build, config, mean, {.path = path, .first = 1}));
  branches.push_back(resize(
      build, mean, {.path = path + ".resized", .size = {input.height, input.width}, .mode = Interpolation::kBilinear}));
  const Feature joined = TRY(concat(build, branches, "classifier.0.join"));
  return listed_conv(build, config, joined, {.path = "classifier.0.project"});
}

Result<Feature> build_backbone(Build build, const SegmenterConfig& config, const Feature& image) {
  if (!config.mobile) return TRY(resnet_stages(build, config.layout, image)).back();
  return mobilenet_v3_features(
      build, image,
      {.path = "backbone.", .blocks = mobilenet_v3_large(), .epsilon = config.mobile_epsilon, .dilated = true});
}

Result<ImageAnswer> build_segmenter(Build build, const SegmenterConfig& config, const Feature& image) {
  build.weights.leave("aux_classifier.");
  Feature x = TRY(build_backbone(build, config, image));
  if (config.pyramid) x = TRY(spatial_pyramid(build, config, x));
  x = TRY(listed_conv(build, config, x, {.path = "classifier", .first = config.pyramid ? 1 : 0, .kernel = 3}));
  x = TRY(conv2d(build, x, {.path = "classifier.4", .outputs = config.classes, .bias = true}));
  x = resize(build, x, {.path = "resized", .size = {image.height, image.width}, .mode = Interpolation::kBilinear});
  return ImageAnswer{x.value, {config.classes, x.height, x.width}};
}

Result<Facts> segmenter_facts(const Weights& weights, const ConvertOptions& options) {
  return describe(TRY(infer_segmenters(weights, options)));
}

Result<Conversion> convert_segmenter(Weights& weights, const ConvertOptions& options, const Checkpoint&) {
  const SegmenterConfig config = TRY(infer_segmenters(weights, options));
  return convert_image_network(
      weights, options, {"segmenter", "segmentation", describe(config), config.size, imagenet_input(520)},
      [&](Build build, const Feature& image) { return build_segmenter(build, config, image); });
}

}  // namespace

const Network kFcn = {
    .name = "FCN", .arch = "fcn", .matches = is_fcn, .facts = segmenter_facts, .convert = convert_segmenter};
const Network kDeepLabV3 = {.name = "DeepLabV3",
                            .arch = "deeplabv3",
                            .matches = is_deeplab,
                            .facts = segmenter_facts,
                            .convert = convert_segmenter};

}  // namespace tandem::convert
