// SPDX-License-Identifier: Apache-2.0
// Multi-head self-attention over tokens, in every layout that checkpoints have it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// softmax(q k^T / sqrt(d) + added) v, and a projection (Vaswani et al., arXiv 1706.03762). The query's weights carry
/// the 1 / sqrt(d).
struct AttentionLayer {
  std::string path;  // names the nodes
  std::int64_t channels = 0;
  std::int64_t heads = 1;
  /// Query, key and value in one matrix [3 * channels, channels]: before "weight" and "bias" in the tensors' names, as
  /// "layer.in_proj_" (torch.nn.MultiheadAttention) or "layer.qkv." (timm). Empty: the three paths of `separate`.
  std::string packed = {};
  std::array<std::string, 3> separate = {};
  std::string out;                      // path of the projection at the end
  bool bias = true;                     // of query, key and value
  bool key_bias = true;                 // whether the key's bias counts, where there is one
  double scale = 0;                     // of the query; 0: 1 / sqrt(d)
  std::string cosine_factor = {};       // a value: scores are cosines times this instead of products (Swin V2)
  std::size_t leading = 1;              // axes before the tokens: [batch], or 2 for [batch, windows]
  std::vector<std::string> added = {};  // values that are added to the scores [..., heads, tokens, tokens]
};

/// tokens: float32 [..., any, channels], and so is what comes out.
/// Errors: invalid_argument (a tensor that does not fit, heads that do not divide the channels).
Result<std::string> self_attention(Build build, const std::string& tokens, const AttentionLayer& layer);

/// A width whose published networks have other heads than one for each 64 channels.
struct PublishedHeads {
  std::int64_t channels = 0;
  std::int64_t heads = 0;
};
/// The heads of a network whose shapes do not tell: the wanted ones, else those of the exception, else one for each 64
/// channels. Errors: invalid_argument (they do not divide the channels).
Result<std::int64_t> attention_heads(std::optional<std::int64_t> wanted, std::int64_t channels,
                                     std::optional<PublishedHeads> exception = std::nullopt);

}  // namespace tandem::convert
