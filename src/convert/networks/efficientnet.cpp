// SPDX-License-Identifier: Apache-2.0
// EfficientNet b0 to b7 (Tan and Le, arXiv 1905.11946) and V2 s, m, l (2104.00298) with torchvision's names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// What the shapes do not tell of a published member, found by what they do.
struct Member {
  std::string_view name;
  std::int64_t blocks = 0;    // of all stages
  std::int64_t features = 0;  // channels before the classifier
  std::int64_t image_size = 224;
  double epsilon = 1e-5;
};
constexpr std::array<Member, 11> kMembers = {{{"b0", 16, 1280, 224, 1e-5},
                                              {"b1", 23, 1280, 240, 1e-5},
                                              {"b2", 23, 1408, 288, 1e-5},
                                              {"b3", 26, 1536, 300, 1e-5},
                                              {"b4", 32, 1792, 380, 1e-5},
                                              {"b5", 39, 2048, 456, 1e-3},
                                              {"b6", 45, 2304, 528, 1e-3},
                                              {"b7", 55, 2560, 600, 1e-3},
                                              {"v2-s", 40, 1280, 384, 1e-3},
                                              {"v2-m", 57, 1280, 480, 1e-3},
                                              {"v2-l", 79, 1280, 480, 1e-3}}};
/// A variant of its own sizes is taken as these.
constexpr Member kOtherFirst = {"of its own sizes", 0, 0, 224, 1e-5};
constexpr Member kOtherSecond = {"v2 of its own sizes", 0, 0, 384, 1e-3};

struct EfficientNetConfig {
  Member member;
  HeightWidth size = 224;
  double epsilon = 1e-5;
  std::vector<std::int64_t> blocks;   // of each stage
  std::vector<std::int64_t> strides;  // of each stage's first block
  std::int64_t classes = 0;
};

bool is_efficientnet(const Weights& weights) {
  return weights.has("features.0.0.weight") && weights.has("features.1.0.block.0.0.weight") &&
         weights.has("classifier.1.weight") && !weights.has("features.1.0.layer_scale");
}

/// V2 begins with fused blocks, whose first convolution mixes channels.
Result<bool> is_second_version(const Weights& weights) {
  return TRY(weights.dim("features.1.0.block.0.0.weight", 4, 1)) != 1;
}

/// Errors: unimplemented (another number of stages than any published network).
Result<std::vector<std::int64_t>> stage_strides(std::size_t stages, bool second) {
  if (!second && stages == 7) return std::vector<std::int64_t>{1, 2, 2, 2, 1, 2, 1};
  if (second && stages == 6) return std::vector<std::int64_t>{1, 2, 2, 2, 1, 2};
  if (second && stages == 7) return std::vector<std::int64_t>{1, 2, 2, 2, 1, 2, 1};
  return fail(
      Code::kUnimplemented,
      fmt::format("an EfficientNet of {} stages: expected 7, or 6 of a V2 that begins with fused blocks", stages));
}

Member member_of(const EfficientNetConfig& config, std::int64_t features, bool second) {
  const std::int64_t blocks = std::accumulate(config.blocks.begin(), config.blocks.end(), std::int64_t{0});
  const auto found = std::ranges::find_if(
      kMembers, [&](const Member& member) { return member.blocks == blocks && member.features == features; });
  if (found != kMembers.end()) return *found;
  return second ? kOtherSecond : kOtherFirst;
}

Result<EfficientNetConfig> infer_efficientnet(const Weights& weights, const ConvertOptions& options) {
  EfficientNetConfig config;
  while (const std::int64_t blocks =
             count_tensors(weights, fmt::format("features.{}.", config.blocks.size() + 1), ".block.0.0.weight")) {
    config.blocks.push_back(blocks);
  }
  const bool second = TRY(is_second_version(weights));
  config.strides = TRY(stage_strides(config.blocks.size(), second));
  config.member = member_of(config, TRY(weights.dim("classifier.1.weight", 2, 1)), second);
  config.size = TRY(choose_image_size(options, {.published = config.member.image_size}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.member.epsilon);
  config.classes = TRY(weights.dim("classifier.1.weight", 2, 0));
  return config;
}

Facts describe(const EfficientNetConfig& config) {
  return {{"variant", std::string(config.member.name)},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// A fused block has one convolution where others expand and go depthwise: [fused, project], or only the first.
Result<Feature> fused_block(Build build, const EfficientNetConfig& config, const Feature& input,
                            const InvertedResidual& block) {
  Feature x = TRY(conv_norm(
      build, input,
      {.path = block.path + ".0", .stride = block.stride, .activation = Activation::kSilu, .epsilon = config.epsilon}));
  if (build.weights.has(block.path + ".1.0.weight")) {
    x = TRY(conv_norm(build, x, {.path = block.path + ".1", .epsilon = config.epsilon}));
  }
  if (block.stride != 1 || x.channels != input.channels) return x;
  return add(build, input, x, block.path + ".residual");
}

Result<Feature> block(Build build, const EfficientNetConfig& config, const Feature& input,
                      const InvertedResidual& block) {
  const std::string first = block.path + ".0.0.weight";
  const bool mixes = TRY(build.weights.dim(first, 4, 1)) != 1;
  if (mixes && TRY(build.weights.dim(first, 4, 2)) > 1) return fused_block(build, config, input, block);
  return inverted_residual(build, input, block);
}

Result<ImageAnswer> build_efficientnet(Build build, const EfficientNetConfig& config, const Feature& image) {
  const auto outer = [&](std::size_t index, std::int64_t stride) {
    return ConvNorm{.path = fmt::format("features.{}", index),
                    .stride = stride,
                    .activation = Activation::kSilu,
                    .epsilon = config.epsilon};
  };
  Feature x = TRY(conv_norm(build, image, outer(0, 2)));
  for (std::size_t stage = 0; stage < config.blocks.size(); ++stage) {
    for (std::int64_t i = 0; i < config.blocks[stage]; ++i) {
      x = TRY(block(build, config, x,
                    {.path = fmt::format("features.{}.{}.block", stage + 1, i),
                     .stride = i == 0 ? config.strides[stage] : 1,
                     .activation = Activation::kSilu,
                     .squeeze = Activation::kSilu,
                     .gate = Activation::kSigmoid,
                     .epsilon = config.epsilon}));
    }
  }
  x = TRY(conv_norm(build, x, outer(config.blocks.size() + 1, 1)));
  return pooled_classifier(build, x, "classifier.1");
}

/// V2 l was trained on pixels from -1 to 1.
ImageInput image_input(const EfficientNetConfig& config) {
  if (config.member.name != "v2-l") return imagenet_input(config.size.height);
  return {config.size.height, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
}

}  // namespace

const Network kEfficientNet = {
    .name = "EfficientNet",
    .arch = "efficientnet",
    .matches = is_efficientnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_efficientnet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const EfficientNetConfig config = TRY(infer_efficientnet(weights, options));
      return convert_image_network(
          weights, options, {"efficientnet", "classification", describe(config), config.size, image_input(config)},
          [&](Build build, const Feature& image) { return build_efficientnet(build, config, image); });
    },
};

}  // namespace tandem::convert
