// SPDX-License-Identifier: Apache-2.0
// Every size is read from one tensor; nothing is guessed but the heads, which no shape tells.
#include "convert/networks/transunet/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "convert/layers/attention.h"
#include "convert/networks/image_network.h"

namespace tandem::convert {
namespace {

constexpr std::string_view kEmbeddings = "transformer.embeddings.";
constexpr std::string_view kResNetPath = "transformer.embeddings.hybrid_model.";
constexpr std::int64_t kMaxTransUNetImage = 8192;

Status infer_encoder(const Weights& weights, TransUnetConfig& config) {
  const std::string position = fmt::format("{}position_embeddings", kEmbeddings);
  const std::int64_t tokens = TRY(weights.dim(position, 3, 1));
  config.hidden = TRY(weights.dim(position, 3, 2));
  config.grid = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(tokens))));
  if (config.grid * config.grid != tokens) {
    return invalid_argument(fmt::format("'{}' has {} tokens: expected a square number", position, tokens));
  }
  config.patch = TRY(weights.dim(fmt::format("{}patch_embeddings.weight", kEmbeddings), 4, 2));
  config.image_size = config.grid * config.patch * 16;
  if (config.image_size > kMaxTransUNetImage)
    return invalid_argument("the image size that the shapes tell is above 8192");
  config.width = TRY(weights.dim(fmt::format("{}root.conv.weight", kResNetPath), 4, 0));
  for (int block = 1; block <= 3; ++block) {
    const std::string unit = fmt::format("{}body.block{}.unit", kResNetPath, block);
    config.units.push_back(count_tensors(weights, unit, ".conv1.weight", 1));
    if (config.units.back() == 0) {
      return invalid_argument(
          fmt::format("the checkpoint has no tensor '{}body.block{}.unit1.conv1.weight'", kResNetPath, block));
    }
  }
  config.layers = count_tensors(weights, "transformer.encoder.layer.", ".attn.query.weight");
  if (config.layers == 0) {
    return invalid_argument("the checkpoint has no tensor 'transformer.encoder.layer.0.attn.query.weight'");
  }
  config.mlp = TRY(weights.dim("transformer.encoder.layer.0.ffn.fc1.weight", 2, 0));
  return {};
}

Status infer_decoder(const Weights& weights, TransUnetConfig& config) {
  config.head_channels = TRY(weights.dim("decoder.conv_more.0.weight", 4, 0));
  const std::int64_t blocks = count_tensors(weights, "decoder.blocks.", ".conv1.0.weight");
  std::int64_t inputs = config.head_channels;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::string name = fmt::format("decoder.blocks.{}.conv1.0.weight", block);
    const std::int64_t skip = TRY(weights.dim(name, 4, 1)) - inputs;
    if (skip < 0) {
      return invalid_argument(fmt::format("'{}' takes {} channels, fewer than the {} that the block before gives", name,
                                          skip + inputs, inputs));
    }
    config.skip_channels.push_back(skip);
    inputs = TRY(weights.dim(name, 4, 0));
    config.decoder_channels.push_back(inputs);
  }
  if (blocks != 4) {
    return fail(Code::kUnimplemented,
                fmt::format("a TransUNet decoder of {} blocks: expected 4, which bring the image's size back", blocks));
  }
  config.classes = TRY(weights.dim("segmentation_head.0.weight", 4, 0));
  return {};
}

}  // namespace

bool is_transunet(const Weights& weights) {
  return weights.has("transformer.embeddings.position_embeddings") && weights.has("decoder.conv_more.0.weight");
}

Result<TransUnetConfig> infer_transunet(const Weights& weights, const ConvertOptions& options) {
  if (!weights.has(fmt::format("{}root.conv.weight", kResNetPath))) {
    return fail(Code::kUnimplemented,
                "a TransUNet without the ResNet in front (plain ViT): published checkpoints are hybrid ones, and only "
                "these are converted");
  }
  TransUnetConfig config;
  TRY(infer_encoder(weights, config));
  TRY(infer_decoder(weights, config));
  config.heads = TRY(attention_heads(options.heads, config.hidden));
  return config;
}

std::vector<std::pair<std::string, std::string>> describe(const TransUnetConfig& config) {
  return {{"image size", fmt::format("{0} x {0}", config.image_size)},
          {"classes", fmt::format("{}", config.classes)},
          {"ResNet", fmt::format("width {}, units {}", config.width, fmt::join(config.units, "-"))},
          {"transformer", fmt::format("{} layers, {} channels, {} heads, {} in the MLP, {} tokens", config.layers,
                                      config.hidden, config.heads, config.mlp, config.grid * config.grid)},
          {"decoder", fmt::format("{} then {} channels, skips {}", config.head_channels,
                                  fmt::join(config.decoder_channels, "-"), fmt::join(config.skip_channels, "-"))}};
}

}  // namespace tandem::convert
