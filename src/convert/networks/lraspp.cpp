// SPDX-License-Identifier: Apache-2.0
// LR-ASPP (Howard et al., arXiv 1905.02244, section 6.4): torchvision's segmenter on a dilated MobileNetV3-large.
#include <fmt/format.h>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/mobilenet_v3.h"

namespace tandem::convert {
namespace {

bool is_lraspp(const Weights& weights) {
  return weights.has("backbone.0.0.weight") && weights.has("backbone.16.0.weight") &&
         weights.has("classifier.cbr.0.weight");
}

Result<ClassifierConfig> infer_lraspp(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(
      weights, options,
      {.head = "classifier.high_classifier.weight", .head_rank = 4, .size = {.published = 520}, .epsilon = 1e-3});
}

/// The gate is a mean of the image, without bias; `high` has 1/16 of the size, `low` 1/8.
Result<ImageAnswer> build_head(Build build, const Feature& low, const Feature& high, std::int64_t classes) {
  Feature x = TRY(conv2d(build, high, {.path = "classifier.cbr.0", .batch_norm = "classifier.cbr.1"}));
  x = relu(build, x, "classifier.cbr.2");
  Feature gate = global_average_pool(build, high, "classifier.scale.0");
  gate = TRY(conv2d(build, gate, {.path = "classifier.scale.1", .outputs = x.channels}));
  gate = activate(build, gate, Activation::kSigmoid, "classifier.scale.2");
  x.value = build.graph.add("Mul", {x.value, gate.value}, "classifier.gated");
  x = resize(build, x,
             {.path = "classifier.resized", .size = {low.height, low.width}, .mode = Interpolation::kBilinear});
  x = TRY(conv2d(build, x, {.path = "classifier.high_classifier", .outputs = classes, .bias = true}));
  const Feature fine = TRY(conv2d(build, low, {.path = "classifier.low_classifier", .outputs = classes, .bias = true}));
  x = TRY(add(build, fine, x, "classifier.sum"));
  return ImageAnswer{x.value, {classes, x.height, x.width}};
}

Result<ImageAnswer> build_lraspp(Build build, const ClassifierConfig& config, const Feature& image) {
  constexpr std::size_t kLow = 4;  // the layer before the third halving of the size
  const auto layers = TRY(mobilenet_v3_layers(
      build, image, {.path = "backbone.", .blocks = mobilenet_v3_large(), .epsilon = config.epsilon, .dilated = true}));
  const Feature& low = layers[kLow];
  ImageAnswer answer = TRY(build_head(build, low, layers.back(), config.classes));
  const Feature logits =
      resize(build, {answer.value, config.classes, low.height, low.width},
             {.path = "resized", .size = {image.height, image.width}, .mode = Interpolation::kBilinear});
  return ImageAnswer{logits.value, {config.classes, image.height, image.width}};
}

}  // namespace

const Network kLraspp = {
    .name = "LR-ASPP",
    .arch = "lraspp",
    .matches = is_lraspp,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_lraspp(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_lraspp(weights, options));
      return convert_image_network(
          weights, options, {"lraspp", "segmentation", describe(config), config.size, imagenet_input(520)},
          [&](Build build, const Feature& image) { return build_lraspp(build, config, image); });
    },
};

}  // namespace tandem::convert
