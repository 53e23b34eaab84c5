// SPDX-License-Identifier: Apache-2.0
// The vision transformer of TransUNet: pre-norm layers, no class token (Dosovitskiy et al., arXiv 2010.11929).
#include <fmt/format.h>

#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

Result<std::string> norm(Build build, const TransUnetConfig& config, const std::string& input,
                         const std::string& path) {
  return layer_norm(build, input, {.path = path, .epsilon = 1e-6}, config.hidden);
}

Result<std::string> encoder_layer(Build build, const TransUnetConfig& config, const std::string& input,
                                  const std::string& path) {
  const std::string attn = path + ".attn";
  const std::string normal = TRY(norm(build, config, input, path + ".attention_norm"));
  const std::string attended = TRY(self_attention(build, normal,
                                                  {.path = attn,
                                                   .channels = config.hidden,
                                                   .heads = config.heads,
                                                   .separate = {attn + ".query", attn + ".key", attn + ".value"},
                                                   .out = attn + ".out"}));
  const std::string middle = build.graph.add("Add", {input, attended}, attn + ".residual");
  const std::string again = TRY(norm(build, config, middle, path + ".ffn_norm"));
  const std::string wide =
      TRY(linear(build, again, {.path = path + ".ffn.fc1", .inputs = config.hidden, .outputs = config.mlp}));
  const std::string active = activate(build, wide, Activation::kGelu, path + ".ffn.gelu");
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
  const std::string tokens = as_tokens(build, patches, path + ".tokens");
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
  return norm(build, config, tokens, "transformer.encoder.encoder_norm");
}

}  // namespace tandem::convert
