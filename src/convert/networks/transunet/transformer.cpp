// SPDX-License-Identifier: Apache-2.0
// The vision transformer of TransUNet: pre-norm layers, no class token (Dosovitskiy et al., arXiv 2010.11929).
#include <fmt/format.h>

#include <cmath>

#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

Result<std::string> layer_norm(Build build, const std::string& input, const std::string& path, std::int64_t channels) {
  Tensor scale = TRY(build.weights.take(path + ".weight", {channels}));
  Tensor shift = TRY(build.weights.take(path + ".bias", {channels}));
  return build.graph.add("LayerNormalization",
                         {input, build.graph.weight(path + ".weight", std::move(scale)),
                          build.graph.weight(path + ".bias", std::move(shift))},
                         path, attributes("axis", std::int64_t{-1}, "epsilon", 1e-6F));
}

/// x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel, arXiv 1606.08415), in the order of nodes that runtimes fuse.
std::string gelu(Build build, const std::string& input, const std::string& path) {
  GraphBuilder& graph = build.graph;
  const std::string scaled = graph.add("Div", {input, graph.scalar(path + ".sqrt2", std::sqrt(2.0F))}, path + ".div");
  const std::string erf = graph.add("Erf", {scaled}, path + ".erf");
  const std::string shifted = graph.add("Add", {erf, graph.scalar(path + ".one", 1.0F)}, path + ".add");
  const std::string product = graph.add("Mul", {input, shifted}, path + ".mul");
  return graph.add("Mul", {product, graph.scalar(path + ".half", 0.5F)}, path);
}

/// Multi-head self-attention: softmax(q k^T / sqrt(d)) v (Vaswani et al., arXiv 1706.03762); the query's weights carry
/// the 1 / sqrt(d), which is exact for d = 64.
Result<std::string> attention(Build build, const TransUnetConfig& config, const std::string& input,
                              const std::string& path) {
  GraphBuilder& graph = build.graph;
  const std::int64_t channels = config.hidden;
  const std::int64_t head = channels / config.heads;
  const std::string split_shape = graph.integers(path + ".heads", {0, config.grid * config.grid, config.heads, head});
  const auto project = [&](const std::string& name, double scale,
                           std::vector<std::int64_t> order) -> Result<std::string> {
    const std::string whole = path + "." + name;
    const std::string projected =
        TRY(linear(build, input, {.path = whole, .inputs = channels, .outputs = channels, .scale = scale}));
    const std::string split = graph.add("Reshape", {projected, split_shape}, whole + ".heads");
    return graph.add("Transpose", {split}, whole + ".transposed", attributes("perm", std::move(order)));
  };
  const std::string query = TRY(project("query", 1 / std::sqrt(static_cast<double>(head)), {0, 2, 1, 3}));
  const std::string key = TRY(project("key", 1, {0, 2, 3, 1}));
  const std::string value = TRY(project("value", 1, {0, 2, 1, 3}));
  const std::string scores = graph.add("MatMul", {query, key}, path + ".scores");
  const std::string weights = graph.add("Softmax", {scores}, path + ".softmax", attributes("axis", std::int64_t{-1}));
  const std::string mixed = graph.add("MatMul", {weights, value}, path + ".mixed");
  const std::string merged = graph.add("Transpose", {mixed}, path + ".merged.transposed",
                                       attributes("perm", std::vector<std::int64_t>{0, 2, 1, 3}));
  const std::string tokens =
      graph.add("Reshape", {merged, graph.integers(path + ".tokens", {0, config.grid * config.grid, channels})},
                path + ".merged");
  return linear(build, tokens, {.path = path + ".out", .inputs = channels, .outputs = channels});
}

Result<std::string> encoder_layer(Build build, const TransUnetConfig& config, const std::string& input,
                                  const std::string& path) {
  const std::string normal = TRY(layer_norm(build, input, path + ".attention_norm", config.hidden));
  const std::string attended = TRY(attention(build, config, normal, path + ".attn"));
  const std::string middle = build.graph.add("Add", {input, attended}, path + ".attn.residual");
  const std::string again = TRY(layer_norm(build, middle, path + ".ffn_norm", config.hidden));
  const std::string wide =
      TRY(linear(build, again, {.path = path + ".ffn.fc1", .inputs = config.hidden, .outputs = config.mlp}));
  const std::string active = gelu(build, wide, path + ".ffn.gelu");
  const std::string narrow =
      TRY(linear(build, active, {.path = path + ".ffn.fc2", .inputs = config.mlp, .outputs = config.hidden}));
  return build.graph.add("Add", {middle, narrow}, path + ".ffn.residual");
}

/// Patches as tokens, each with its position.
Result<std::string> embed(Build build, const TransUnetConfig& config, const Feature& deepest) {
  const std::string path = "transformer.embeddings";
  const Feature patches = TRY(conv2d(build, deepest,
                                     {.path = path + ".patch_embeddings",
                                      .outputs = config.hidden,
                                      .kernel = config.patch,
                                      .stride = config.patch,
                                      .bias = true}));
  if (patches.height != config.grid) {
    return invalid_argument(fmt::format("the ResNet gives {} x {} patches; the position embeddings are for {} x {}",
                                        patches.height, patches.width, config.grid, config.grid));
  }
  GraphBuilder& graph = build.graph;
  const std::string flat = graph.add(
      "Reshape", {patches.value, graph.integers(path + ".flat_shape", {0, config.hidden, -1})}, path + ".flat");
  const std::string tokens =
      graph.add("Transpose", {flat}, path + ".tokens", attributes("perm", std::vector<std::int64_t>{0, 2, 1}));
  const std::string name = path + ".position_embeddings";
  Tensor position = TRY(build.weights.take(name, {1, config.grid * config.grid, config.hidden}));
  return graph.add("Add", {tokens, graph.weight(name, std::move(position))}, path + ".embedded");
}

}  // namespace

Result<std::string> build_transformer(Build build, const TransUnetConfig& config, const Feature& deepest) {
  std::string tokens = TRY(embed(build, config, deepest));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    tokens = TRY(encoder_layer(build, config, tokens, fmt::format("transformer.encoder.layer.{}", layer)));
  }
  return layer_norm(build, tokens, "transformer.encoder.encoder_norm", config.hidden);
}

}  // namespace tandem::convert
