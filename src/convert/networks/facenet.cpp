// SPDX-License-Identifier: Apache-2.0
// FaceNet (Schroff et al., arXiv 1503.03832) as Inception-ResNet v1 (Szegedy et al., arXiv 1602.07261) with the names
// of facenet-pytorch: a face of 160 x 160 to an embedding of length 1.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/basic_conv.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

constexpr double kFaceNetEpsilon = 1e-3;
constexpr std::int64_t kLeast = 75;  // smaller images leave nothing for the last of the strides

struct FaceNetConfig {
  HeightWidth size = 160;
  double epsilon = kFaceNetEpsilon;
  std::int64_t embedding = 512;
  std::array<std::int64_t, 3> blocks = {};
};

bool is_facenet(const Weights& weights) {
  return weights.has("conv2d_1a.conv.weight") && weights.has("repeat_1.0.branch0.conv.weight") &&
         weights.has("mixed_7a.branch0.0.conv.weight") && weights.has("block8.conv2d.weight") &&
         weights.has("last_linear.weight");
}

Result<FaceNetConfig> infer_facenet(const Weights& weights, const ConvertOptions& options) {
  FaceNetConfig config;
  config.size = TRY(choose_image_size(options, {.published = 160, .least = kLeast}));
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.embedding = TRY(weights.dim("last_linear.weight", 2, 0));
  for (std::size_t stage = 0; stage < config.blocks.size(); ++stage) {
    config.blocks[stage] = count_tensors(weights, fmt::format("repeat_{}.", stage + 1), ".conv2d.weight");
  }
  return config;
}

Facts describe(const FaceNetConfig& config) {
  return {{"blocks", fmt::format("{}-{}-{}-1", config.blocks[0], config.blocks[1], config.blocks[2])},
          {"image size", to_string(config.size)},
          {"embedding", fmt::format("{} numbers, of length 1", config.embedding)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// One of the convolutions; `padded` keeps the size.
struct FaceNetStep {
  std::string path;
  std::int64_t stride = 1;
  bool padded = true;
};
Result<Feature> follow(Build build, const FaceNetConfig& config, Feature x, const std::vector<FaceNetStep>& steps) {
  for (const FaceNetStep& step : steps) {
    x = TRY(basic_conv(build, x,
                       {.path = step.path, .stride = step.stride, .padded = step.padded, .epsilon = config.epsilon}));
  }
  return x;
}

/// Branches, joined, brought back to the channels of the input and added to it with a factor.
struct Residual {
  std::string path;
  std::vector<int> convolutions;  // of each branch
  float factor = 1;
  bool relu = true;
};
Result<Feature> residual(Build build, const FaceNetConfig& config, const Feature& input, const Residual& block) {
  std::vector<Feature> branches;
  for (std::size_t branch = 0; branch < block.convolutions.size(); ++branch) {
    const std::string path = fmt::format("{}.branch{}", block.path, branch);
    std::vector<FaceNetStep> steps;
    for (int i = 0; i < block.convolutions[branch]; ++i) steps.push_back({fmt::format("{}.{}", path, i)});
    if (steps.size() == 1) steps.front().path = path;
    branches.push_back(TRY(follow(build, config, input, steps)));
  }
  Feature x = TRY(concat(build, branches, block.path + ".joined"));
  x = TRY(conv2d(build, x, {.path = block.path + ".conv2d", .outputs = input.channels, .bias = true}));
  if (block.factor != 1) {
    const std::string factor = build.graph.scalar(block.path + ".factor", block.factor);
    x.value = build.graph.add("Mul", {x.value, factor}, block.path + ".scaled");
  }
  x = TRY(add(build, x, input, block.path + ".add"));
  return block.relu ? relu(build, x, block.path + ".relu") : x;
}

/// Branches of convolutions, of which the last halves the size, and a pool that does.
Result<Feature> reduction(Build build, const FaceNetConfig& config, const Feature& input,
                          const std::pair<std::string, std::vector<int>>& named) {
  const auto& [path, convolutions] = named;
  std::vector<Feature> branches;
  for (std::size_t branch = 0; branch < convolutions.size(); ++branch) {
    const std::string name = fmt::format("{}.branch{}", path, branch);
    std::vector<FaceNetStep> steps;
    for (int i = 0; i < convolutions[branch]; ++i) steps.push_back({fmt::format("{}.{}", name, i)});
    if (steps.size() == 1) steps.front().path = name;
    steps.back().stride = 2;
    steps.back().padded = false;
    branches.push_back(TRY(follow(build, config, input, steps)));
  }
  branches.push_back(TRY(max_pool(build, input, {.path = path + ".pool", .kernel = 3, .stride = 2})));
  return concat(build, branches, path);
}

Result<Feature> stem(Build build, const FaceNetConfig& config, const Feature& image) {
  Feature x = TRY(follow(build, config, image, {{"conv2d_1a", 2, false}, {"conv2d_2a", 1, false}, {"conv2d_2b"}}));
  x = TRY(max_pool(build, x, {.path = "maxpool_3a", .kernel = 3, .stride = 2}));
  return follow(build, config, x, {{"conv2d_3b"}, {"conv2d_4a", 1, false}, {"conv2d_4b", 2, false}});
}

Result<Feature> repeated(Build build, const FaceNetConfig& config, Feature x, std::pair<std::size_t, Residual> stage) {
  const std::int64_t blocks = config.blocks[stage.first];
  for (std::int64_t i = 0; i < blocks; ++i) {
    stage.second.path = fmt::format("repeat_{}.{}", stage.first + 1, i);
    x = TRY(residual(build, config, x, stage.second));
  }
  return x;
}

/// Divided by its length, which is taken as 1e-12 where it is less: torch.nn.functional.normalize.
std::string normalized(Build build, const std::string& rows) {
  GraphBuilder& graph = build.graph;
  const std::string squares = graph.add("Mul", {rows, rows}, "normalize.squares");
  const std::string sum = graph.add("ReduceSum", {squares, graph.integers("normalize.axis", {1})}, "normalize.sum");
  const std::string length = graph.add("Sqrt", {sum}, "normalize.length");
  const std::string some = graph.add("Max", {length, graph.scalar("normalize.least", 1e-12F)}, "normalize.divisor");
  return graph.add("Div", {rows, some}, "normalize");
}

Result<ImageAnswer> build_facenet(Build build, const FaceNetConfig& config, const Feature& image) {
  Feature x = TRY(stem(build, config, image));
  x = TRY(repeated(build, config, x, {0, {"", {1, 2, 3}, 0.17F}}));
  x = TRY(reduction(build, config, x, {"mixed_6a", {1, 3}}));
  x = TRY(repeated(build, config, x, {1, {"", {1, 3}, 0.10F}}));
  x = TRY(reduction(build, config, x, {"mixed_7a", {2, 2, 3}}));
  x = TRY(repeated(build, config, x, {2, {"", {1, 3}, 0.20F}}));
  x = TRY(residual(build, config, x, {"block8", {1, 3}, 1, false}));
  const std::string flat = flatten(build, global_average_pool(build, x, "avgpool_1a"), "flatten");
  const LinearLayer last{.path = "last_linear", .inputs = x.channels, .outputs = config.embedding, .bias = false};
  const std::string rows = TRY(dense(build, flat, last));
  const Feature normal =
      TRY(batch_norm(build, {rows, config.embedding, 1, 1}, {.path = "last_bn", .epsilon = config.epsilon}));
  build.weights.leave("logits.");  // tells the people of its training apart
  return ImageAnswer{normalized(build, normal.value), {config.embedding}, std::int64_t{0}};
}

}  // namespace

const Network kFaceNet = {
    .name = "FaceNet (Inception-ResNet v1)",
    .arch = "facenet",
    .matches = is_facenet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_facenet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const FaceNetConfig config = TRY(infer_facenet(weights, options));
      constexpr double kScale = 128.0 / 255.0;  // (x - 127.5) / 128
      const ImageInput input{config.size.height, {0.5, 0.5, 0.5}, {kScale, kScale, kScale}};
      return convert_image_network(
          weights, options, {"facenet", "embedding", describe(config), config.size, input},
          [&](Build build, const Feature& image) { return build_facenet(build, config, image); });
    },
};

}  // namespace tandem::convert
