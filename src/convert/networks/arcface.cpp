// SPDX-License-Identifier: Apache-2.0
// ArcFace's improved ResNet (Deng et al., arXiv 1801.07698) with insightface's names (arcface_torch, iresnet): a face
// of 112 x 112 to an embedding.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <numeric>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

constexpr std::int64_t kStride = 16;  // of all four stages together

struct ArcFaceConfig {
  HeightWidth size = 112;
  double epsilon = 1e-5;
  std::array<std::int64_t, 4> blocks = {};
  std::int64_t embedding = 512;
};

bool is_arcface(const Weights& weights) {
  return weights.has("conv1.weight") && weights.has("layer1.0.prelu.weight") &&
         weights.has("layer1.0.bn3.running_mean") && weights.has("layer4.0.conv2.weight") &&
         weights.has("features.running_mean") && weights.has("fc.weight");
}

/// The image that leaves as many cells as the last layer takes.
Result<std::int64_t> trained_size(const Weights& weights) {
  const std::int64_t channels = TRY(weights.dim("bn2.weight", 1, 0));
  const std::int64_t inputs = TRY(weights.dim("fc.weight", 2, 1));
  const std::int64_t cells = inputs / channels;
  const std::int64_t side = std::llround(std::sqrt(static_cast<double>(cells)));
  if (side * side * channels == inputs) return side * kStride;
  return invalid_argument(
      fmt::format("'fc.weight' takes {} numbers: expected those of a square of {} channels", inputs, channels));
}

Result<ArcFaceConfig> infer_arcface(const Weights& weights, const ConvertOptions& options) {
  ArcFaceConfig config;
  const std::int64_t trained = TRY(trained_size(weights));
  config.size = TRY(choose_image_size(options, {.published = trained, .least = kStride}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  for (std::size_t stage = 0; stage < config.blocks.size(); ++stage) {
    config.blocks[stage] = count_tensors(weights, fmt::format("layer{}.", stage + 1), ".conv1.weight");
  }
  config.embedding = TRY(weights.dim("fc.weight", 2, 0));
  return config;
}

Facts describe(const ArcFaceConfig& config) {
  const std::int64_t blocks = std::accumulate(config.blocks.begin(), config.blocks.end(), std::int64_t{0});
  return {{"layers", fmt::format("{} ({} blocks)", 2 * blocks + 2, fmt::join(config.blocks, "-"))},
          {"image size", to_string(config.size)},
          {"embedding", fmt::format("{} numbers", config.embedding)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

struct ArcFaceBlock {
  std::string path;
  std::int64_t outputs = 0;
  std::int64_t stride = 1;
};

/// Batch norm, 3x3, PReLU, 3x3 with the stride. The first norm stays a node: the convolution that follows pads.
Result<Feature> residual_block(Build build, const ArcFaceConfig& config, const Feature& input,
                               const ArcFaceBlock& block) {
  const std::string& path = block.path;
  ConvLayer conv{.path = path + ".conv1",
                 .outputs = block.outputs,
                 .kernel = 3,
                 .padding = 1,
                 .batch_norm = path + ".bn2",
                 .epsilon = config.epsilon};
  Feature x = TRY(batch_norm(build, input, {.path = path + ".bn1", .epsilon = config.epsilon}));
  x = TRY(conv2d(build, x, conv));
  x = TRY(prelu(build, x, path + ".prelu"));
  conv.path = path + ".conv2";
  conv.stride = block.stride;
  conv.batch_norm = path + ".bn3";
  x = TRY(conv2d(build, x, conv));
  if (block.stride == 1) return add(build, x, input, path + ".add");
  const Feature kept = TRY(conv2d(build, input,
                                  {.path = path + ".downsample.0",
                                   .outputs = block.outputs,
                                   .stride = block.stride,
                                   .batch_norm = path + ".downsample.1",
                                   .epsilon = config.epsilon}));
  return add(build, x, kept, path + ".add");
}

Result<ImageAnswer> build_arcface(Build build, const ArcFaceConfig& config, const Feature& image) {
  Feature x = TRY(conv2d(build, image,
                         {.path = "conv1", .kernel = 3, .padding = 1, .batch_norm = "bn1", .epsilon = config.epsilon}));
  x = TRY(prelu(build, x, "prelu"));
  for (std::size_t stage = 0; stage < config.blocks.size(); ++stage) {
    const std::int64_t outputs = TRY(build.weights.dim(fmt::format("layer{}.0.conv1.weight", stage + 1), 4, 0));
    for (std::int64_t i = 0; i < config.blocks[stage]; ++i) {
      x = TRY(residual_block(build, config, x, {fmt::format("layer{}.{}", stage + 1, i), outputs, i == 0 ? 2 : 1}));
    }
  }
  x = TRY(batch_norm(build, x, {.path = "bn2", .epsilon = config.epsilon}));
  const std::int64_t numbers = x.channels * x.height * x.width;
  const std::string rows =
      TRY(dense(build, flatten(build, x, "flatten"), {.path = "fc", .inputs = numbers, .outputs = config.embedding}));
  const Feature normal =
      TRY(batch_norm(build, {rows, config.embedding, 1, 1}, {.path = "features", .epsilon = config.epsilon}));
  return ImageAnswer{normal.value, {config.embedding}, std::int64_t{0}};
}

}  // namespace

const Network kArcFace = {
    .name = "ArcFace iResNet",
    .arch = "arcface",
    .matches = is_arcface,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_arcface(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ArcFaceConfig config = TRY(infer_arcface(weights, options));
      const ImageInput input{config.size.height, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
      return convert_image_network(
          weights, options, {"arcface", "embedding", describe(config), config.size, input},
          [&](Build build, const Feature& image) { return build_arcface(build, config, image); });
    },
};

}  // namespace tandem::convert
