// SPDX-License-Identifier: Apache-2.0
// ResNet's four stages with torchvision's names, which timm's plain ones have, too.
#include "convert/networks/resnet_stages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "convert/layers.h"
#include "convert/networks/image_network.h"

namespace tandem::convert {
namespace {

/// One of a block's convolutions with its batch norm: conv1 and bn1, ...
struct BlockConv {
  int number = 1;
  std::int64_t outputs = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  std::int64_t dilation = 1;
};

Result<Feature> block_conv(Build build, const ResNetLayout& layout, const Feature& input,
                           std::pair<std::string, BlockConv> named) {
  const BlockConv& conv = named.second;
  return conv2d(build, input,
                {.path = fmt::format("{}.conv{}", named.first, conv.number),
                 .outputs = conv.outputs,
                 .kernel = conv.kernel,
                 .stride = conv.stride,
                 .padding = (conv.kernel - 1) / 2 * conv.dilation,
                 .dilation = conv.dilation,
                 .groups = conv.groups,
                 .batch_norm = fmt::format("{}.bn{}", named.first, conv.number),
                 .epsilon = layout.epsilon});
}

struct Block {
  std::string path;
  std::int64_t stage = 0;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
};

/// Bottleneck: 1x1, 3x3 with the stride (as torchvision, "v1.5"), 1x1; basic: 3x3 with the stride, 3x3.
Result<Feature> branch(Build build, const ResNetLayout& layout, const Feature& input, const Block& block) {
  const std::string& path = block.path;
  const std::int64_t outputs = layout.stem << block.stage;
  if (!layout.bottleneck) {
    Feature x = TRY(block_conv(build, layout, input, {path, {1, outputs, 3, block.stride}}));
    x = relu(build, x, path + ".relu1");
    return block_conv(build, layout, x, {path, {2, outputs, 3}});
  }
  const std::int64_t inner = TRY(build.weights.dim(path + ".conv2.weight", 4, 0));
  Feature x = TRY(block_conv(build, layout, input, {path, {1, inner}}));
  x = relu(build, x, path + ".relu1");
  x = TRY(block_conv(build, layout, x, {path, {2, inner, 3, block.stride, layout.groups, block.dilation}}));
  x = relu(build, x, path + ".relu2");
  return block_conv(build, layout, x, {path, {3, 4 * outputs}});
}

Result<Feature> residual_block(Build build, const ResNetLayout& layout, const Feature& input, const Block& block) {
  const std::string& path = block.path;
  const Feature x = TRY(branch(build, layout, input, block));
  Feature kept = input;
  if (block.stride != 1 || x.channels != input.channels) {
    kept = TRY(conv2d(build, input,
                      {.path = path + ".downsample.0",
                       .outputs = x.channels,
                       .stride = block.stride,
                       .batch_norm = path + ".downsample.1",
                       .epsilon = layout.epsilon}));
  }
  return relu(build, TRY(add(build, x, kept, path + ".add")), path + ".relu");
}

/// "layer1." and so on: what stands before a stage's blocks.
std::string stage_path(const std::string& path, const ResNetNames& names, std::size_t stage) {
  return fmt::format("{}{}{}.", path, names.stage, names.first + stage);
}

/// Strides and dilations of a stage's blocks. A stage that keeps the size instead of halving it doubles the dilation,
/// beginning with its second block (torchvision's replace_stride_with_dilation).
Block plan_block(const ResNetLayout& layout, std::int64_t stage, std::int64_t index) {
  const std::string path = stage_path(layout.path, layout.names, static_cast<std::size_t>(stage));
  Block block{fmt::format("{}{}", path, index), stage, index == 0 && stage > 0 ? 2 : 1, 1};
  if (!layout.dilated || stage < 2) return block;
  block.stride = 1;
  block.dilation = (stage == 2 ? 1 : 2) * (index == 0 ? 1 : 2);
  return block;
}

}  // namespace

bool has_resnet(const Weights& weights, const std::string& path, const ResNetNames& names) {
  const Shape* stem = weights.shape(fmt::format("{}{}.weight", path, names.stem));
  const std::string first = stage_path(path, names, 0) + "0.";
  return stem != nullptr && stem->rank() == 4 && (*stem)[2] == 7 &&
         weights.has(fmt::format("{}{}.running_mean", path, names.stem_norm)) && weights.has(first + "conv2.weight") &&
         weights.has(first + "bn2.running_mean") && weights.has(stage_path(path, names, 3) + "0.conv1.weight") &&
         !weights.has(first + "se.fc1.weight");
}

Result<ResNetLayout> infer_resnet(const Weights& weights, const std::string& path, const ResNetNames& names) {
  ResNetLayout layout;
  layout.path = path;
  layout.names = names;
  layout.bottleneck = weights.has(stage_path(path, names, 0) + "0.conv3.weight");
  layout.stem = TRY(weights.dim(fmt::format("{}{}.weight", path, names.stem), 4, 0));
  for (std::size_t stage = 0; stage < layout.blocks.size(); ++stage) {
    const std::string prefix = stage_path(path, names, stage);
    layout.blocks[stage] = count_tensors(weights, prefix, ".conv1.weight");
    if (layout.blocks[stage] == 0) {
      return invalid_argument(fmt::format("the checkpoint has no tensor '{}0.conv1.weight'", prefix));
    }
  }
  const std::string grouped = stage_path(path, names, 0) + "0.conv2.weight";
  layout.groups = TRY(weights.dim(grouped, 4, 0)) / TRY(weights.dim(grouped, 4, 1));
  if (layout.groups > 0) return layout;
  return invalid_argument(fmt::format("'{}' takes more channels than it gives", grouped));
}

std::string describe(const ResNetLayout& layout) {
  const std::int64_t blocks = std::accumulate(layout.blocks.begin(), layout.blocks.end(), std::int64_t{0});
  return fmt::format("{} ({} {} blocks), {} groups", (layout.bottleneck ? 3 : 2) * blocks + 2,
                     fmt::join(layout.blocks, "-"), layout.bottleneck ? "bottleneck" : "basic", layout.groups);
}

Result<std::array<Feature, 4>> resnet_stages(Build build, const ResNetLayout& layout, const Feature& image) {
  Feature x = TRY(conv2d(build, image,
                         {.path = fmt::format("{}{}", layout.path, layout.names.stem),
                          .outputs = layout.stem,
                          .kernel = 7,
                          .stride = 2,
                          .padding = 3,
                          .batch_norm = fmt::format("{}{}", layout.path, layout.names.stem_norm),
                          .epsilon = layout.epsilon}));
  x = relu(build, x, layout.path + "relu");
  x = TRY(max_pool(build, x, {.path = layout.path + "maxpool", .kernel = 3, .stride = 2, .padding = 1}));
  std::array<Feature, 4> stages;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    for (std::int64_t i = 0; i < layout.blocks[stage]; ++i) {
      x = TRY(residual_block(build, layout, x, plan_block(layout, static_cast<std::int64_t>(stage), i)));
    }
    stages[stage] = x;
  }
  return stages;
}

}  // namespace tandem::convert
