// SPDX-License-Identifier: Apache-2.0
// RetinaFace (Deng et al., arXiv 1905.00641) on a MobileNet of a quarter of the width or on a ResNet, with the names of
// biubug6's PyTorch version.
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/resnet_stages.h"

namespace tandem::convert {
namespace {

constexpr std::size_t kLevels = 3;
constexpr float kLeak = 0.1F;
constexpr std::int64_t kNarrow = 64;  // networks of at most so many channels leak, wider ones do not

/// Strides of the MobileNet's blocks; the first of them is an ordinary convolution.
const std::array<std::vector<std::int64_t>, kLevels> kMobileStrides = {
    {{2, 1, 2, 1, 2, 1}, {2, 1, 1, 1, 1, 1}, {2, 1}}};

struct RetinaConfig {
  HeightWidth size = 640;
  double epsilon = 1e-5;
  std::optional<ResNetLayout> resnet;  // else the MobileNet
  std::int64_t channels = 64;          // of the feature pyramid
  std::int64_t anchors = 2;            // of a cell
};

bool is_retinaface(const Weights& weights) {
  return (weights.has("body.stage1.0.0.weight") || has_resnet(weights, "body.")) &&
         weights.has("fpn.output1.0.weight") && weights.has("ssh1.conv3X3.0.weight") &&
         weights.has("BboxHead.0.conv1x1.weight") && weights.has("LandmarkHead.2.conv1x1.weight");
}

Result<RetinaConfig> infer_retinaface(const Weights& weights, const ConvertOptions& options) {
  RetinaConfig config;
  config.size = TRY(choose_image_size(options, {.published = 640, .least = 32}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  if (has_resnet(weights, "body.")) {
    config.resnet = TRY(infer_resnet(weights, "body."));
    config.resnet->epsilon = config.epsilon;
  }
  config.channels = TRY(weights.dim("fpn.output1.0.weight", 4, 0));
  config.anchors = TRY(weights.dim("BboxHead.0.conv1x1.weight", 4, 0)) / 4;
  if (config.anchors > 0) return config;
  return invalid_argument("'BboxHead.0.conv1x1.weight' gives less than the four numbers of one box");
}

Facts describe(const RetinaConfig& config) {
  return {{"backbone", config.resnet ? "ResNet " + describe(*config.resnet) : "MobileNet"},
          {"channels", fmt::format("{}", config.channels)},
          {"anchors", fmt::format("{} a cell", config.anchors)},
          {"image size", to_string(config.size)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// path.0 and path.1, then ReLU, which leaks in narrow networks.
struct Layer {
  std::string path;
  std::int64_t stride = 1;
  bool active = true;
};
Result<Feature> conv(Build build, const RetinaConfig& config, const Feature& input, const Layer& layer) {
  Feature x = TRY(conv_norm(build, input, {.path = layer.path, .stride = layer.stride, .epsilon = config.epsilon}));
  if (!layer.active) return x;
  const std::string path = layer.path + ".2";
  return config.channels <= kNarrow ? leaky_relu(build, x, kLeak, path) : relu(build, x, path);
}

/// A depthwise 3x3 convolution and one over the channels.
Result<Feature> separable(Build build, const RetinaConfig& config, const Feature& input,
                          const std::pair<std::string, std::int64_t>& block) {
  const auto& [path, stride] = block;
  Feature x = TRY(conv_norm(build, input, {.path = path, .stride = stride, .groups = 0, .epsilon = config.epsilon}));
  x = leaky_relu(build, x, kLeak, path + ".2");
  x = TRY(conv2d(build, x, {.path = path + ".3", .batch_norm = path + ".4", .epsilon = config.epsilon}));
  return leaky_relu(build, x, kLeak, path + ".5");
}

Result<std::array<Feature, kLevels>> mobilenet(Build build, const RetinaConfig& config, const Feature& image) {
  std::array<Feature, kLevels> features;
  Feature x = image;
  for (std::size_t level = 0; level < kLevels; ++level) {
    for (std::size_t i = 0; i < kMobileStrides[level].size(); ++i) {
      const std::string path = fmt::format("body.stage{}.{}", level + 1, i);
      const std::int64_t stride = kMobileStrides[level][i];
      if (level == 0 && i == 0) {
        x = TRY(conv_norm(build, x, {.path = path, .stride = stride, .epsilon = config.epsilon}));
        x = leaky_relu(build, x, kLeak, path + ".2");
      } else {
        x = TRY(separable(build, config, x, {path, stride}));
      }
    }
    features[level] = x;
  }
  return features;
}

Result<std::array<Feature, kLevels>> backbone(Build build, const RetinaConfig& config, const Feature& image) {
  if (!config.resnet) return mobilenet(build, config, image);
  const auto stages = TRY(resnet_stages(build, *config.resnet, image));
  return std::array<Feature, kLevels>{stages[1], stages[2], stages[3]};
}

/// Lin et al., "Feature Pyramid Networks" (arXiv 1612.03144): coarse features are added to fine ones.
Result<std::array<Feature, kLevels>> pyramid(Build build, const RetinaConfig& config,
                                             std::array<Feature, kLevels> levels) {
  for (std::size_t level = 0; level < kLevels; ++level) {
    levels[level] = TRY(conv(build, config, levels[level], {fmt::format("fpn.output{}", level + 1)}));
  }
  for (std::size_t level = kLevels - 1; level > 0; --level) {
    const Feature& fine = levels[level - 1];
    const std::string path = fmt::format("fpn.merge{}", level);
    const Feature larger = resize(build, levels[level], {.path = path + ".up", .size = {fine.height, fine.width}});
    const Feature sum = TRY(add(build, fine, larger, path + ".add"));
    levels[level - 1] = TRY(conv(build, config, sum, {path}));
  }
  return levels;
}

/// Najibi et al., "SSH" (arXiv 1708.03979): convolutions of 3, 5 and 7, of which the large ones are stacks of small
/// ones.
Result<Feature> context(Build build, const RetinaConfig& config, const Feature& input, const std::string& path) {
  const Feature three = TRY(conv(build, config, input, {path + ".conv3X3", 1, false}));
  const Feature five = TRY(conv(build, config, input, {path + ".conv5X5_1"}));
  const Feature five_more = TRY(conv(build, config, five, {path + ".conv5X5_2", 1, false}));
  const Feature seven = TRY(conv(build, config, five, {path + ".conv7X7_2"}));
  const Feature seven_more = TRY(conv(build, config, seven, {path + ".conv7x7_3", 1, false}));
  const Feature joined = TRY(concat(build, std::array{three, five_more, seven_more}, path + ".joined"));
  return relu(build, joined, path + ".relu");
}

struct RetinaHead {
  std::string_view path;
  std::string_view output;
  std::int64_t numbers = 0;  // of an anchor
};
constexpr std::array<RetinaHead, 3> kHeads = {
    {{"BboxHead", "loc", 4}, {"ClassHead", "conf", 2}, {"LandmarkHead", "landms", 10}}};

/// Row by row, and the anchors of a cell one after the other: float32 [batch, anchors of all levels, numbers].
Status add_head(Build build, const RetinaConfig& config, const std::array<Feature, kLevels>& levels,
                const RetinaHead& head) {
  std::vector<std::string> rows;
  std::int64_t anchors = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    const std::string path = fmt::format("{}.{}.conv1x1", head.path, level);
    const Feature x =
        TRY(conv2d(build, levels[level], {.path = path, .outputs = config.anchors * head.numbers, .bias = true}));
    const std::string last = transpose(build, x.value, {0, 2, 3, 1}, path + ".channels_last");
    const std::int64_t count = x.height * x.width * config.anchors;
    anchors += count;
    rows.push_back(reshape(build, last, {0, count, head.numbers}, path + ".rows"));
  }
  std::string joined =
      build.graph.add("Concat", std::move(rows), std::string(head.path), attributes("axis", std::int64_t{1}));
  if (head.output == "conf") {
    joined = build.graph.add("Softmax", {joined}, "softmax", attributes("axis", std::int64_t{2}));
  }
  build.graph.output(joined, batched(std::string(head.output), {anchors, head.numbers}));
  return {};
}

Result<graph::Model> build_retinaface(Weights& weights, const RetinaConfig& config) {
  GraphBuilder graph("retinaface");
  const Build build{graph, weights};
  const Feature image{graph.input(batched("input", {3, config.size.height, config.size.width})), 3, config.size.height,
                      config.size.width};
  const auto features = TRY(backbone(build, config, image));
  auto levels = TRY(pyramid(build, config, features));
  for (std::size_t level = 0; level < kLevels; ++level) {
    levels[level] = TRY(context(build, config, levels[level], fmt::format("ssh{}", level + 1)));
  }
  for (const RetinaHead& head : kHeads) TRY(add_head(build, config, levels, head));
  return std::move(graph).finish();
}

}  // namespace

const Network kRetinaFace = {
    .name = "RetinaFace",
    .arch = "retinaface",
    .matches = is_retinaface,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_retinaface(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const RetinaConfig config = TRY(infer_retinaface(weights, options));
      Conversion conversion;
      conversion.task = "detection";
      conversion.facts = describe(config);
      graph::Model model = TRY(build_retinaface(weights, config));
      // No preprocessing: it is published for blue before green before red, which an ImageInput does not say.
      conversion.models.push_back({"", std::move(model)});
      return conversion;
    },
};

}  // namespace tandem::convert
