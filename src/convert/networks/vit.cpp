// SPDX-License-Identifier: Apache-2.0
// The vision transformer (Dosovitskiy et al., arXiv 2010.11929), with the names of torchvision, timm and Hugging Face.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

/// What the same tensors are called. A layer's names come behind layer + its index.
struct VitNames {
  std::string_view patches, class_token, positions, layer, norm1, packed, out, norm2, wide, narrow, norm, head;
  std::string_view separate = {};  // before query, key and value, where they are not packed
  double epsilon = 1e-6;           // of the norms
};
constexpr VitNames kTorchvision = {.patches = "conv_proj",
                                   .class_token = "class_token",
                                   .positions = "encoder.pos_embedding",
                                   .layer = "encoder.layers.encoder_layer_",
                                   .norm1 = ".ln_1",
                                   .packed = ".self_attention.in_proj_",
                                   .out = ".self_attention.out_proj",
                                   .norm2 = ".ln_2",
                                   .wide = ".mlp.0",
                                   .narrow = ".mlp.3",
                                   .norm = "encoder.ln",
                                   .head = "heads.head"};
/// Before 0.13 the two layers of the MLP had other names.
constexpr std::string_view kOldWide = ".mlp.linear_1";
constexpr std::string_view kOldNarrow = ".mlp.linear_2";
constexpr VitNames kTimm = {.patches = "patch_embed.proj",
                            .class_token = "cls_token",
                            .positions = "pos_embed",
                            .layer = "blocks.",
                            .norm1 = ".norm1",
                            .packed = ".attn.qkv.",
                            .out = ".attn.proj",
                            .norm2 = ".norm2",
                            .wide = ".mlp.fc1",
                            .narrow = ".mlp.fc2",
                            .norm = "norm",
                            .head = "head"};

constexpr VitNames kHuggingFace = {.patches = "vit.embeddings.patch_embeddings.projection",
                                   .class_token = "vit.embeddings.cls_token",
                                   .positions = "vit.embeddings.position_embeddings",
                                   .layer = "vit.encoder.layer.",
                                   .norm1 = ".layernorm_before",
                                   .packed = "",
                                   .out = ".attention.output.dense",
                                   .norm2 = ".layernorm_after",
                                   .wide = ".intermediate.dense",
                                   .narrow = ".output.dense",
                                   .norm = "vit.layernorm",
                                   .head = "classifier",
                                   .separate = ".attention.attention.",
                                   .epsilon = 1e-12};
constexpr std::array kAllNames = {kTorchvision, kTimm, kHuggingFace};

struct VitConfig {
  VitNames names = kTorchvision;
  HeightWidth size = 224;
  std::int64_t patch = 16;
  std::int64_t grid = 14;
  std::int64_t channels = 768;
  std::int64_t layers = 12;
  std::int64_t heads = 12;
  std::int64_t mlp = 3072;
  std::int64_t classes = 0;
};

std::string of(std::string_view path, std::string_view tensor) { return fmt::format("{}.{}", path, tensor); }

/// A name of a layer.
std::string of_layer(const VitConfig& config, std::int64_t layer, std::string_view name) {
  return fmt::format("{}{}{}", config.names.layer, layer, name);
}

/// The tensors of its first layer that tell a set of names from others.
bool has_names(const Weights& weights, const VitNames& names) {
  return weights.has(of(names.patches, "weight")) && weights.has(names.class_token) && weights.has(names.positions) &&
         weights.has(fmt::format("{}0{}.weight", names.layer, names.out)) && weights.has(of(names.head, "weight"));
}

/// Null when the tensors have other names.
const VitNames* find_names(const Weights& weights) {
  const auto found = std::ranges::find_if(kAllNames, [&](const VitNames& names) { return has_names(weights, names); });
  return found == kAllNames.end() ? nullptr : &*found;
}

bool is_vit(const Weights& weights) { return find_names(weights) != nullptr; }

/// The published huge network's heads are of 80 channels each.
constexpr PublishedHeads kVitHugeHeads = {.channels = 1280, .heads = 16};

Result<VitConfig> infer_vit(const Weights& weights, const ConvertOptions& options) {
  VitConfig config;
  const VitNames* names = find_names(weights);
  config.names = names == nullptr ? kTorchvision : *names;
  if (weights.has(fmt::format("{}0{}.weight", config.names.layer, kOldWide))) {
    config.names.wide = kOldWide;
    config.names.narrow = kOldNarrow;
  }
  const std::string positions(config.names.positions);
  const std::int64_t patches = TRY(weights.dim(positions, 3, 1)) - 1;
  config.channels = TRY(weights.dim(positions, 3, 2));
  config.grid = std::llround(std::sqrt(static_cast<double>(patches)));
  if (patches < 1 || config.grid * config.grid != patches) {
    return invalid_argument(
        fmt::format("'{}' has {} tokens: expected a square number and the class token", positions, patches + 1));
  }
  config.patch = TRY(weights.dim(of(config.names.patches, "weight"), 4, 2));
  config.size = TRY(choose_image_size(options, {.published = config.grid * config.patch, .least = config.patch}));
  if (config.size != HeightWidth(config.grid * config.patch)) {
    return invalid_argument(fmt::format("an image of {}: the position embeddings are for {}", to_string(config.size),
                                        to_string(HeightWidth(config.grid * config.patch))));
  }
  config.layers = count_tensors(weights, config.names.layer, fmt::format("{}.weight", config.names.out));
  config.heads = TRY(attention_heads(options.heads, config.channels, kVitHugeHeads));
  config.mlp = TRY(weights.dim(of_layer(config, 0, config.names.wide) + ".weight", 2, 0));
  config.classes = TRY(weights.dim(of(config.names.head, "weight"), 2, 0));
  return config;
}

Facts describe(const VitConfig& config) {
  return {{"image size", fmt::format("{}, patches of {}", to_string(config.size), config.patch)},
          {"transformer", fmt::format("{} layers, {} channels, {} heads, {} in the MLP", config.layers, config.channels,
                                      config.heads, config.mlp)},
          {"classes", fmt::format("{}", config.classes)}};
}

/// The class token stands first. Its row of patches is empty, and what is added to the rows has the token in it, so
/// that the token needs not be repeated for each image.
Result<std::string> embed(Build build, const VitConfig& config, const Feature& image) {
  const Feature patches = TRY(conv2d(build, image,
                                     {.path = std::string(config.names.patches),
                                      .outputs = config.channels,
                                      .kernel = config.patch,
                                      .stride = config.patch,
                                      .bias = true}));
  const std::string tokens = as_tokens(build, patches, "patches");
  const Shape one{1, 1, config.channels};
  const Tensor token = TRY(build.weights.take(std::string(config.names.class_token), one));
  const std::string name(config.names.positions);
  const Tensor positions = TRY(build.weights.take(name, {1, config.grid * config.grid + 1, config.channels}));
  Tensor rows = TRY(positions.clone());
  const auto first = rows.mutable_values<float>().first(token.element_count());
  std::ranges::transform(first, token.values<float>(), first.begin(), std::plus<>());
  const std::string padded =
      build.graph.add("Pad", {tokens, build.graph.integers("tokens.pads", {0, 1, 0, 0, 0, 0})}, "tokens.padded");
  return build.graph.add("Add", {padded, build.graph.weight(name, std::move(rows))}, "tokens");
}

Result<std::string> norm(Build build, const VitConfig& config, const std::string& input, const std::string& path) {
  return layer_norm(build, input, {.path = path, .epsilon = config.names.epsilon}, config.channels);
}

/// Query, key and value in one matrix or in three.
AttentionLayer attention_of(const VitConfig& config, std::int64_t layer) {
  const auto name = [&](std::string_view part) { return of_layer(config, layer, part); };
  AttentionLayer attention{.path = name("") + ".attention",
                           .channels = config.channels,
                           .heads = config.heads,
                           .out = name(config.names.out)};
  const std::string separate = name(config.names.separate);
  if (config.names.packed.empty()) {
    attention.separate = {separate + "query", separate + "key", separate + "value"};
  } else {
    attention.packed = name(config.names.packed);
  }
  return attention;
}

Result<std::string> encoder_layer(Build build, const VitConfig& config, const std::string& input, std::int64_t layer) {
  const auto name = [&](std::string_view part) { return of_layer(config, layer, part); };
  const std::string path = name("");
  const std::string normal = TRY(norm(build, config, input, name(config.names.norm1)));
  const std::string attended = TRY(self_attention(build, normal, attention_of(config, layer)));
  const std::string middle = build.graph.add("Add", {input, attended}, path + ".attention.residual");
  const std::string again = TRY(norm(build, config, middle, name(config.names.norm2)));
  std::string x =
      TRY(linear(build, again, {.path = name(config.names.wide), .inputs = config.channels, .outputs = config.mlp}));
  x = activate(build, x, Activation::kGelu, path + ".mlp.gelu");
  x = TRY(linear(build, x, {.path = name(config.names.narrow), .inputs = config.mlp, .outputs = config.channels}));
  return build.graph.add("Add", {middle, x}, path + ".mlp.residual");
}

Result<ImageAnswer> build_vit(Build build, const VitConfig& config, const Feature& image) {
  std::string x = TRY(embed(build, config, image));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) x = TRY(encoder_layer(build, config, x, layer));
  // The class token's row alone goes on; a norm is of each row, so it may as well come after.
  const std::string row =
      build.graph.weight("class.index", TRY(Tensor::from<std::int64_t>({}, std::array{std::int64_t{0}})));
  x = build.graph.add("Gather", {x, row}, "class", attributes("axis", std::int64_t{1}));
  x = TRY(norm(build, config, x, std::string(config.names.norm)));
  x = TRY(
      dense(build, x, {.path = std::string(config.names.head), .inputs = config.channels, .outputs = config.classes}));
  return ImageAnswer{std::move(x), {config.classes}};
}

/// timm's members of these names were trained with two kinds of preprocessing, which nothing in the file tells apart;
/// Hugging Face's are Google's, of pixels from -1 to 1.
std::optional<ImageInput> image_input(const VitConfig& config) {
  if (config.names.patches == kHuggingFace.patches) {
    return ImageInput{config.size.height, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  }
  if (config.names.patches == kTimm.patches) return std::nullopt;
  return imagenet_input(config.size.height);
}

}  // namespace

const Network kVit = {
    .name = "ViT",
    .arch = "vit",
    .matches = is_vit,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_vit(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const VitConfig config = TRY(infer_vit(weights, options));
      return convert_image_network(weights, options,
                                   {"vit", "classification", describe(config), config.size, image_input(config)},
                                   [&](Build build, const Feature& image) { return build_vit(build, config, image); });
    },
};

}  // namespace tandem::convert
