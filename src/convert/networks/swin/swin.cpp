// SPDX-License-Identifier: Apache-2.0
// Swin t, s and b (Liu et al., arXiv 2103.14030) and V2 (2111.09883) with torchvision's names: image -> logits.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/swin/positions.h"
#include "convert/networks/swin/windows.h"

namespace tandem::convert {
namespace {

constexpr double kSwinEpsilon = 1e-5;

struct SwinConfig {
  bool second = false;  // V2: cosine attention, norms behind what they normalize
  HeightWidth size = 224;
  std::int64_t patch = 4;
  std::int64_t channels = 96;        // after the patches; they double with each stage
  std::vector<std::int64_t> layers;  // of each stage
  std::vector<std::int64_t> heads;   // of each stage
  std::int64_t window = 7;
  std::int64_t classes = 0;
};

/// torchvision's list holds patches, stage, merging, stage, merging ...
std::string swin_stage_path(std::size_t stage) { return fmt::format("features.{}", 2 * stage + 1); }
std::string swin_layer_path(std::size_t stage, std::int64_t layer) {
  return fmt::format("{}.{}", swin_stage_path(stage), layer);
}

bool is_swin(const Weights& weights) {
  return weights.has("features.0.0.weight") && has_position_table(weights, "features.1.0.attn") &&
         weights.has("head.weight");
}

Result<SwinConfig> infer_swin(const Weights& weights, const ConvertOptions& options) {
  SwinConfig config;
  config.second = weights.has("features.1.0.attn.logit_scale");
  config.size = TRY(choose_image_size(options, {.published = config.second ? 256 : 224}));
  config.channels = TRY(weights.dim("features.0.0.weight", 4, 0));
  config.patch = TRY(weights.dim("features.0.0.weight", 4, 2));
  config.window = TRY(window_of(weights, "features.1.0.attn"));
  config.classes = TRY(weights.dim("head.weight", 2, 0));
  while (const std::int64_t layers =
             count_tensors(weights, swin_stage_path(config.layers.size()) + ".", ".attn.qkv.weight")) {
    config.heads.push_back(TRY(heads_of(weights, swin_layer_path(config.layers.size(), 0) + ".attn")));
    config.layers.push_back(layers);
  }
  if (!config.layers.empty()) return config;
  return invalid_argument("the checkpoint has no tensor 'features.1.0.attn.qkv.weight'");
}

Facts describe(const SwinConfig& config) {
  return {
      {"image size", fmt::format("{}, patches of {}", to_string(config.size), config.patch)},
      {"transformer", fmt::format("{} layers from {} channels, {} heads, windows of {}", fmt::join(config.layers, "-"),
                                  config.channels, fmt::join(config.heads, "-"), config.window)},
      {"classes", fmt::format("{}", config.classes)}};
}

/// Tokens float32 [batch, height * width, channels] of an image.
struct Tokens {
  std::string value;
  std::int64_t channels = 0;
  HeightWidth size = 0;
};

struct SwinLayer {
  std::string path;
  std::int64_t heads = 1;
  bool second = false;
  WindowPlan plan;
};

Result<std::string> norm(Build build, const Tokens& input, const std::string& path) {
  return layer_norm(build, input.value, {.path = path, .epsilon = kSwinEpsilon}, input.channels);
}

std::string gather_tokens(Build build, const std::string& input, std::vector<std::int64_t> order,
                          const std::string& path) {
  return build.graph.add("Gather", {input, build.graph.integers(path + ".order", std::move(order))}, path,
                         attributes("axis", std::int64_t{1}));
}

/// Attention among the tokens of each window.
Result<std::string> window_attention(Build build, const Tokens& input, const SwinLayer& layer) {
  const WindowPlan& plan = layer.plan;
  const std::string path = layer.path + ".attn";
  GraphBuilder& graph = build.graph;
  std::string x = input.value;
  if (plan.is_padded()) {
    x = graph.add("Pad", {x, graph.integers(path + ".pads", {0, 0, 0, 0, 1, 0})}, path + ".padded");
  }
  x = gather_tokens(build, x, window_tokens(plan), path + ".windows");
  x = reshape(build, x, {0, plan.windows(), plan.tokens(), input.channels}, path + ".split");
  Tensor bias = TRY(take_position_bias(build.weights, {path, layer.heads, plan.window}));
  std::vector<std::string> added = {graph.weight(path + ".position_bias", std::move(bias))};
  if (plan.is_shifted()) added.push_back(graph.weight(path + ".mask", TRY(window_mask(plan))));
  std::string factor;
  if (layer.second) {
    factor = graph.weight(path + ".factor", TRY(take_cosine_factor(build.weights, path, layer.heads)));
  }
  x = TRY(self_attention(build, x,
                         {.path = path,
                          .channels = input.channels,
                          .heads = layer.heads,
                          .packed = path + ".qkv.",
                          .out = path + ".proj",
                          .key_bias = !layer.second,
                          .cosine_factor = std::move(factor),
                          .leading = 2,
                          .added = std::move(added)}));
  x = reshape(build, x, {0, plan.windows() * plan.tokens(), input.channels}, path + ".joined");
  return gather_tokens(build, x, window_places(plan), path + ".image");
}

Result<std::string> mlp(Build build, const Tokens& input, const std::string& path) {
  const std::int64_t wide = TRY(build.weights.dim(path + ".0.weight", 2, 0));
  std::string x = TRY(linear(build, input.value, {.path = path + ".0", .inputs = input.channels, .outputs = wide}));
  x = activate(build, x, Activation::kGelu, path + ".1");
  return linear(build, x, {.path = path + ".3", .inputs = wide, .outputs = input.channels});
}

/// Attention and MLP, each added to what came in; V1 normalizes what goes into them, V2 what comes out.
Result<Tokens> block(Build build, Tokens x, const SwinLayer& layer) {
  const std::string& path = layer.path;
  const auto normalized = [&](Tokens tokens, const char* name, bool now) -> Result<Tokens> {
    if (now) tokens.value = TRY(norm(build, tokens, path + name));
    return tokens;
  };
  Tokens branch = TRY(normalized(x, ".norm1", !layer.second));
  branch.value = TRY(window_attention(build, branch, layer));
  branch = TRY(normalized(branch, ".norm1", layer.second));
  x.value = build.graph.add("Add", {x.value, branch.value}, path + ".attn.residual");
  branch = TRY(normalized(x, ".norm2", !layer.second));
  branch.value = TRY(mlp(build, branch, path + ".mlp"));
  branch = TRY(normalized(branch, ".norm2", layer.second));
  x.value = build.graph.add("Add", {x.value, branch.value}, path + ".mlp.residual");
  return x;
}

/// Four neighbours become one token of twice the channels: top left, bottom left, top right, bottom right.
Result<Tokens> merge_patches(Build build, const Tokens& input, const std::string& path, bool second) {
  const HeightWidth half{(input.size.height + 1) / 2, (input.size.width + 1) / 2};
  std::string x =
      reshape(build, input.value, {0, input.size.height, input.size.width, input.channels}, path + ".image");
  const std::int64_t below = 2 * half.height - input.size.height;
  const std::int64_t right = 2 * half.width - input.size.width;
  if (below + right > 0) {
    const std::string pads = build.graph.integers(path + ".pads", {0, 0, 0, 0, 0, below, right, 0});
    x = build.graph.add("Pad", {x, pads}, path + ".padded");
  }
  x = reshape(build, x, {0, half.height, 2, half.width, 2, input.channels}, path + ".cells");
  x = transpose(build, x, {0, 1, 3, 4, 2, 5}, path + ".neighbours");
  Tokens merged{reshape(build, x, {0, half.height * half.width, 4 * input.channels}, path + ".merged"),
                4 * input.channels, half};
  if (!second) merged.value = TRY(norm(build, merged, path + ".norm"));
  merged.value = TRY(linear(
      build, merged.value,
      {.path = path + ".reduction", .inputs = 4 * input.channels, .outputs = 2 * input.channels, .bias = false}));
  merged.channels = 2 * input.channels;
  if (second) merged.value = TRY(norm(build, merged, path + ".norm"));
  return merged;
}

Result<Tokens> embed(Build build, const SwinConfig& config, const Feature& image) {
  const Feature patches = TRY(conv2d(build, image,
                                     {.path = "features.0.0",
                                      .outputs = config.channels,
                                      .kernel = config.patch,
                                      .stride = config.patch,
                                      .bias = true}));
  Tokens tokens{as_tokens(build, patches, "features.0.1"), config.channels, {patches.height, patches.width}};
  tokens.value = TRY(norm(build, tokens, "features.0.2"));
  return tokens;
}

Result<ImageAnswer> build_swin(Build build, const SwinConfig& config, const Feature& image) {
  Tokens x = TRY(embed(build, config, image));
  for (std::size_t stage = 0; stage < config.layers.size(); ++stage) {
    if (stage > 0) x = TRY(merge_patches(build, x, fmt::format("features.{}", 2 * stage), config.second));
    for (std::int64_t layer = 0; layer < config.layers[stage]; ++layer) {
      const WindowPlan plan = plan_windows(x.size, config.window, layer % 2 == 1);
      x = TRY(block(build, x, {swin_layer_path(stage, layer), config.heads[stage], config.second, plan}));
    }
  }
  const std::string normal = TRY(norm(build, x, "norm"));
  const std::string mean = build.graph.add(
      "ReduceMean", {normal}, "avgpool", attributes("axes", std::vector<std::int64_t>{1}, "keepdims", std::int64_t{0}));
  std::string logits = TRY(dense(build, mean, {.path = "head", .inputs = x.channels, .outputs = config.classes}));
  return ImageAnswer{std::move(logits), {config.classes}};
}

}  // namespace

const Network kSwin = {
    .name = "Swin",
    .arch = "swin",
    .matches = is_swin,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_swin(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const SwinConfig config = TRY(infer_swin(weights, options));
      return convert_image_network(weights, options,
                                   {"swin", "classification", describe(config), config.size, imagenet_input(224)},
                                   [&](Build build, const Feature& image) { return build_swin(build, config, image); });
    },
};

}  // namespace tandem::convert
