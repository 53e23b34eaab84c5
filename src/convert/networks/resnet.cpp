// SPDX-License-Identifier: Apache-2.0
// ResNet (He et al., arXiv 1512.03385), ResNeXt (1611.05431) and Wide ResNet (1605.07146) with torchvision's names,
// which timm's plain ones have, too.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <numeric>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

struct ResNetConfig {
  HeightWidth size = 224;
  double epsilon = 1e-5;
  bool bottleneck = false;
  std::array<std::int64_t, 4> blocks = {};
  std::int64_t stem = 64;   // channels after the first convolution
  std::int64_t groups = 1;  // of the 3x3 convolutions
  std::int64_t classes = 0;
};

bool is_resnet(const Weights& weights) {
  const Shape* stem = weights.shape("conv1.weight");
  return stem != nullptr && stem->rank() == 4 && (*stem)[2] == 7 && weights.has("bn1.running_mean") &&
         weights.has("layer1.0.conv2.weight") && weights.has("layer1.0.bn2.running_mean") &&
         weights.has("layer4.0.conv1.weight") && weights.has("fc.weight") && !weights.has("layer1.0.se.fc1.weight");
}

Result<ResNetConfig> infer(const Weights& weights, const ConvertOptions& options) {
  ResNetConfig config;
  config.size = TRY(choose_image_size(options, {}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.bottleneck = weights.has("layer1.0.conv3.weight");
  config.stem = TRY(weights.dim("conv1.weight", 4, 0));
  for (std::size_t stage = 0; stage < config.blocks.size(); ++stage) {
    config.blocks[stage] = count_tensors(weights, fmt::format("layer{}.", stage + 1), ".conv1.weight");
    if (config.blocks[stage] == 0) {
      return invalid_argument(fmt::format("the checkpoint has no tensor 'layer{}.0.conv1.weight'", stage + 1));
    }
  }
  config.groups = TRY(weights.dim("layer1.0.conv2.weight", 4, 0)) / TRY(weights.dim("layer1.0.conv2.weight", 4, 1));
  config.classes = TRY(weights.dim("fc.weight", 2, 0));
  if (config.groups > 0) return config;
  return invalid_argument("'layer1.0.conv2.weight' takes more channels than it gives");
}

Facts describe(const ResNetConfig& config) {
  const std::int64_t per_block = config.bottleneck ? 3 : 2;
  const std::int64_t layers =
      per_block * std::accumulate(config.blocks.begin(), config.blocks.end(), std::int64_t{0}) + 2;
  return {{"layers", fmt::format("{} ({} {} blocks)", layers, fmt::join(config.blocks, "-"),
                                 config.bottleneck ? "bottleneck" : "basic")},
          {"groups", fmt::format("{}", config.groups)},
          {"image size", to_string(config.size)},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// One of a block's convolutions with its batch norm: conv1 and bn1, ...
struct BlockConv {
  int number = 1;
  std::int64_t outputs = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
};

Result<Feature> block_conv(Build build, const ResNetConfig& config, const Feature& input,
                           std::pair<std::string, BlockConv> named) {
  const BlockConv& conv = named.second;
  return conv2d(build, input,
                {.path = fmt::format("{}.conv{}", named.first, conv.number),
                 .outputs = conv.outputs,
                 .kernel = conv.kernel,
                 .stride = conv.stride,
                 .padding = (conv.kernel - 1) / 2,
                 .groups = conv.groups,
                 .batch_norm = fmt::format("{}.bn{}", named.first, conv.number),
                 .epsilon = config.epsilon});
}

struct Block {
  std::string path;
  std::int64_t stage = 0;
  std::int64_t stride = 1;
};

/// Bottleneck: 1x1, 3x3 with the stride (as torchvision, "v1.5"), 1x1; basic: 3x3 with the stride, 3x3.
Result<Feature> branch(Build build, const ResNetConfig& config, const Feature& input, const Block& block) {
  const std::string& path = block.path;
  const std::int64_t outputs = config.stem << block.stage;
  if (!config.bottleneck) {
    Feature x = TRY(block_conv(build, config, input, {path, {1, outputs, 3, block.stride}}));
    x = relu(build, x, path + ".relu1");
    return block_conv(build, config, x, {path, {2, outputs, 3}});
  }
  const std::int64_t inner = TRY(build.weights.dim(path + ".conv2.weight", 4, 0));
  Feature x = TRY(block_conv(build, config, input, {path, {1, inner}}));
  x = relu(build, x, path + ".relu1");
  x = TRY(block_conv(build, config, x, {path, {2, inner, 3, block.stride, config.groups}}));
  x = relu(build, x, path + ".relu2");
  return block_conv(build, config, x, {path, {3, 4 * outputs}});
}

Result<Feature> residual_block(Build build, const ResNetConfig& config, const Feature& input, const Block& block) {
  const std::string& path = block.path;
  const Feature x = TRY(branch(build, config, input, block));
  Feature kept = input;
  if (block.stride != 1 || x.channels != input.channels) {
    kept = TRY(conv2d(build, input,
                      {.path = path + ".downsample.0",
                       .outputs = x.channels,
                       .stride = block.stride,
                       .batch_norm = path + ".downsample.1",
                       .epsilon = config.epsilon}));
  }
  return relu(build, TRY(add(build, x, kept, path + ".add")), path + ".relu");
}

Result<ImageAnswer> build_resnet(Build build, const ResNetConfig& config, const Feature& image) {
  Feature x = TRY(conv2d(build, image,
                         {.path = "conv1",
                          .outputs = config.stem,
                          .kernel = 7,
                          .stride = 2,
                          .padding = 3,
                          .batch_norm = "bn1",
                          .epsilon = config.epsilon}));
  x = relu(build, x, "relu");
  x = TRY(max_pool(build, x, {.path = "maxpool", .kernel = 3, .stride = 2, .padding = 1}));
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    const std::int64_t blocks = config.blocks[static_cast<std::size_t>(stage)];
    for (std::int64_t i = 0; i < blocks; ++i) {
      const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
      x = TRY(residual_block(build, config, x, {fmt::format("layer{}.{}", stage + 1, i), stage, stride}));
    }
  }
  return pooled_classifier(build, x, "fc");
}

}  // namespace

const Network kResNet = {
    .name = "ResNet",
    .arch = "resnet",
    .matches = is_resnet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ResNetConfig config = TRY(infer(weights, options));
      return convert_image_network(
          weights, options, {"resnet", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_resnet(build, config, image); });
    },
};

}  // namespace tandem::convert
