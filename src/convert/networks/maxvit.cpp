// SPDX-License-Identifier: Apache-2.0
// MaxViT (Tu et al., arXiv 2204.01697) with torchvision's names: image -> logits.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "convert/networks/conv_norm.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/swin/positions.h"

namespace tandem::convert {
namespace {

constexpr double kMaxVitBatchEpsilon = 1e-3;  // torchvision, MaxVit.__init__
constexpr double kMaxVitLayerEpsilon = 1e-5;

struct MaxVitConfig {
  HeightWidth size = 224;
  std::vector<std::int64_t> layers;  // of each block
  std::int64_t window = 7;           // side of the windows, and of the grids
  std::int64_t classes = 0;
};

std::string maxvit_layer_path(std::size_t block, std::int64_t layer) {
  return fmt::format("blocks.{}.layers.{}.layers", block, layer);
}
std::string window_path(const std::string& layer) { return layer + ".window_attention.attn_layer.1"; }

bool is_maxvit(const Weights& weights) {
  return weights.has("stem.0.0.weight") && weights.has("classifier.5.weight") &&
         has_position_table(weights, window_path(maxvit_layer_path(0, 0)));
}

/// What a convolution or pool of kernel 3, stride 2 and padding 1 leaves of a side.
std::int64_t halved(std::int64_t side) { return (side - 1) / 2 + 1; }

/// Windows and grids must cover the image of every block.
Status check_sides(const MaxVitConfig& config) {
  if (config.size.height != config.size.width) {
    return invalid_argument(fmt::format("a MaxViT takes square images, not {}", to_string(config.size)));
  }
  std::int64_t side = halved(config.size.height);
  for (std::size_t block = 0; block < config.layers.size(); ++block) {
    side = halved(side);
    if (side % config.window == 0) continue;
    return invalid_argument(
        fmt::format("an image of {} leaves {} places a side to block {}, which windows of {} do not divide: "
                    "give --image-size a multiple of {}",
                    to_string(config.size), side, block, config.window, config.window << (config.layers.size() + 1)));
  }
  return {};
}

Result<MaxVitConfig> infer_maxvit(const Weights& weights, const ConvertOptions& options) {
  constexpr std::size_t kMostBlocks = 8;  // published: 4; each halves the image
  MaxVitConfig config;
  config.size = TRY(choose_image_size(options, {.published = 224}));
  config.window = TRY(window_of(weights, window_path(maxvit_layer_path(0, 0))));
  config.classes = TRY(weights.dim("classifier.5.weight", 2, 0));
  while (const std::int64_t layers = count_tensors(weights, fmt::format("blocks.{}.layers.", config.layers.size()),
                                                   ".layers.MBconv.layers.conv_c.weight")) {
    if (config.layers.size() == kMostBlocks)
      return invalid_argument(fmt::format("a MaxViT of more than {} blocks", kMostBlocks));
    config.layers.push_back(layers);
  }
  TRY(check_sides(config));
  return config;
}

Facts describe(const MaxVitConfig& config) {
  return {{"image size", to_string(config.size)},
          {"blocks", fmt::format("{} layers, windows and grids of {}", fmt::join(config.layers, "-"), config.window)},
          {"classes", fmt::format("{}", config.classes)}};
}

/// What came in, with as many channels and places as the block gives.
Result<Feature> shortcut(Build build, const Feature& input, std::int64_t stride, const std::string& path) {
  if (stride == 1) return input;
  const Feature pooled =
      TRY(average_pool(build, input, {.path = path + ".0", .kernel = 3, .stride = stride, .padding = 1}));
  return conv2d(build, pooled, {.path = path + ".1", .bias = true});
}

/// Pre-normalized inverted bottleneck with squeeze and excitation.
Result<Feature> mbconv(Build build, const Feature& input, std::int64_t stride, const std::string& path) {
  const std::string layers = path + ".layers";
  ConvNorm conv{.path = layers + ".conv_a", .activation = Activation::kGelu, .epsilon = kMaxVitBatchEpsilon};
  Feature x = TRY(batch_norm(build, input, {.path = layers + ".pre_norm", .epsilon = kMaxVitBatchEpsilon}));
  x = TRY(conv_norm(build, x, conv));
  conv.path = layers + ".conv_b";
  conv.stride = stride;
  conv.groups = 0;
  x = TRY(conv_norm(build, x, conv));
  x = TRY(squeeze_excite(build, x, {.path = layers + ".squeeze_excitation", .inner = Activation::kSilu}));
  x = TRY(conv2d(build, x, {.path = layers + ".conv_c", .bias = true}));
  return add(build, TRY(shortcut(build, input, stride, path + ".proj")), x, path + ".residual");
}

/// How an image is cut: into windows of neighbours, or into grids of places that are equally far apart.
struct Partition {
  std::string path;
  std::int64_t window = 7;
  bool is_grid = false;
};

/// float32 [batch, channels, height, width] -> [batch, groups, window^2, channels]
std::string cut(Build build, const Feature& image, const Partition& partition) {
  const std::int64_t count = image.height / partition.window;
  const std::int64_t window = partition.window;
  // Of each axis the outer part is the window's number, or the place in the grid.
  const std::int64_t outer = partition.is_grid ? window : count;
  const std::int64_t inner = partition.is_grid ? count : window;
  const std::string apart =
      reshape(build, image.value, {0, image.channels, outer, inner, outer, inner}, partition.path + ".cut.axes");
  const std::vector<std::int64_t> order =
      partition.is_grid ? std::vector<std::int64_t>{0, 3, 5, 2, 4, 1} : std::vector<std::int64_t>{0, 2, 4, 3, 5, 1};
  const std::string ordered = transpose(build, apart, order, partition.path + ".cut.ordered");
  return reshape(build, ordered, {0, count * count, window * window, image.channels}, partition.path + ".cut");
}

/// And back.
Feature joined(Build build, const std::string& tokens, const Feature& image, const Partition& partition) {
  const std::int64_t count = image.height / partition.window;
  const std::int64_t window = partition.window;
  const std::string apart =
      reshape(build, tokens, {0, count, count, window, window, image.channels}, partition.path + ".joined.axes");
  const std::vector<std::int64_t> order =
      partition.is_grid ? std::vector<std::int64_t>{0, 5, 3, 1, 4, 2} : std::vector<std::int64_t>{0, 5, 1, 3, 2, 4};
  const std::string ordered = transpose(build, apart, order, partition.path + ".joined.ordered");
  return image.with(
      reshape(build, ordered, {0, image.channels, image.height, image.width}, partition.path + ".joined"));
}

Result<std::string> attend(Build build, const std::string& tokens, std::int64_t channels, const Partition& partition) {
  const std::string norm = partition.path + ".attn_layer.0";
  const std::string path = partition.path + ".attn_layer.1";
  const std::int64_t heads = TRY(heads_of(build.weights, path));
  Tensor bias = TRY(take_position_bias(build.weights, {path, heads, partition.window}));
  const std::string normal = TRY(layer_norm(build, tokens, {norm, kMaxVitLayerEpsilon}, channels));
  return self_attention(build, normal,
                        {.path = path,
                         .channels = channels,
                         .heads = heads,
                         .packed = path + ".to_qkv.",
                         .out = path + ".merge",
                         // torchvision divides by the root of all channels, not of a head's.
                         .scale = 1 / std::sqrt(static_cast<double>(channels)),
                         .leading = 2,
                         .added = {build.graph.weight(path + ".position_bias", std::move(bias))}});
}

Result<std::string> perceive(Build build, const std::string& tokens, std::int64_t channels, const std::string& path) {
  const std::int64_t wide = TRY(build.weights.dim(path + ".1.weight", 2, 0));
  std::string x = TRY(layer_norm(build, tokens, {path + ".0", kMaxVitLayerEpsilon}, channels));
  x = TRY(linear(build, x, {.path = path + ".1", .inputs = channels, .outputs = wide}));
  x = activate(build, x, Activation::kGelu, path + ".2");
  return linear(build, x, {.path = path + ".3", .inputs = wide, .outputs = channels});
}

Result<Feature> partition_attention(Build build, const Feature& image, const Partition& partition) {
  std::string tokens = cut(build, image, partition);
  const std::string attended = TRY(attend(build, tokens, image.channels, partition));
  tokens = build.graph.add("Add", {tokens, attended}, partition.path + ".attn_layer.residual");
  const std::string mlp = partition.path + ".mlp_layer";
  const std::string perceived = TRY(perceive(build, tokens, image.channels, mlp));
  tokens = build.graph.add("Add", {tokens, perceived}, mlp + ".residual");
  return joined(build, tokens, image, partition);
}

Result<ImageAnswer> classify(Build build, const MaxVitConfig& config, const Feature& input) {
  const std::int64_t channels = input.channels;
  const std::string pooled = flatten(build, global_average_pool(build, input, "classifier.0"), "classifier.1");
  std::string x = TRY(layer_norm(build, pooled, {"classifier.2", kMaxVitLayerEpsilon}, channels));
  x = TRY(dense(build, x, {.path = "classifier.3", .inputs = channels, .outputs = channels}));
  x = activate(build, x, Activation::kTanh, "classifier.4");
  x = TRY(dense(build, x, {.path = "classifier.5", .inputs = channels, .outputs = config.classes, .bias = false}));
  return ImageAnswer{std::move(x), {config.classes}};
}

Result<ImageAnswer> build_maxvit(Build build, const MaxVitConfig& config, const Feature& image) {
  Feature x = TRY(conv_norm(
      build, image, {.path = "stem.0", .stride = 2, .activation = Activation::kGelu, .epsilon = kMaxVitBatchEpsilon}));
  x = TRY(conv2d(build, x, {.path = "stem.1.0", .kernel = 3, .padding = 1, .bias = true}));
  for (std::size_t block = 0; block < config.layers.size(); ++block) {
    for (std::int64_t layer = 0; layer < config.layers[block]; ++layer) {
      const std::string path = maxvit_layer_path(block, layer);
      x = TRY(mbconv(build, x, layer == 0 ? 2 : 1, path + ".MBconv"));
      x = TRY(partition_attention(build, x, {path + ".window_attention", config.window, false}));
      x = TRY(partition_attention(build, x, {path + ".grid_attention", config.window, true}));
    }
  }
  return classify(build, config, x);
}

}  // namespace

const Network kMaxVit = {
    .name = "MaxViT",
    .arch = "maxvit",
    .matches = is_maxvit,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_maxvit(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const MaxVitConfig config = TRY(infer_maxvit(weights, options));
      return convert_image_network(
          weights, options, {"maxvit", "classification", describe(config), config.size, imagenet_input(224)},
          [&](Build build, const Feature& image) { return build_maxvit(build, config, image); });
    },
};

}  // namespace tandem::convert
