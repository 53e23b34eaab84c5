// SPDX-License-Identifier: Apache-2.0
// AlexNet (Krizhevsky, arXiv 1404.5997) with torchvision's names.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_alexnet(const Weights& weights) {
  const Shape* first = weights.shape("features.0.weight");
  return first != nullptr && first->rank() == 4 && (*first)[2] == 11 && weights.has("features.10.weight") &&
         weights.has("classifier.6.weight");
}

Result<ClassifierConfig> infer_alexnet(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options, {.head = "classifier.6.weight", .size = {.least = 63}});
}

struct Step {
  int index = 0;  // in the list of layers
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 1;
  bool pool = false;  // a pool follows
};
constexpr std::array<Step, 5> kSteps = {{{0, 11, 4, 2, true}, {3, 5, 1, 2, true}, {6}, {8}, {10, 3, 1, 1, true}}};

Result<Feature> build_features(Build build, const Feature& image) {
  Feature x = image;
  for (const Step& step : kSteps) {
    x = TRY(conv2d(build, x,
                   {.path = fmt::format("features.{}", step.index),
                    .kernel = step.kernel,
                    .stride = step.stride,
                    .padding = step.padding,
                    .bias = true}));
    x = relu(build, x, fmt::format("features.{}", step.index + 1));
    const std::string path = fmt::format("features.{}", step.index + 2);
    if (step.pool) x = TRY(max_pool(build, x, {.path = path, .kernel = 3, .stride = 2}));
  }
  return x;
}

Result<ImageAnswer> build_alexnet(Build build, const Feature& image) {
  const Feature x = TRY(build_features(build, image));
  return hidden_classifier(build, TRY(adaptive_average_pool(build, x, 6, "avgpool")), {1, 4});
}

}  // namespace

const Network kAlexNet = {
    .name = "AlexNet",
    .arch = "alexnet",
    .matches = is_alexnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_alexnet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_alexnet(weights, options));
      return convert_image_network(weights, options,
                                   {"alexnet", "classification", describe(config), config.size, imagenet_input(224)},
                                   build_alexnet);
    },
};

}  // namespace tandem::convert
