// SPDX-License-Identifier: Apache-2.0
// What attention in windows knows of positions: a table in Swin V1 and MaxViT, a small network over offsets in V2.
#pragma once

#include <cstdint>
#include <string>

#include "convert/weights.h"

namespace tandem::convert {

/// The tensors of one layer's attention, of torchvision's names.
struct PositionTable {
  std::string path;  // of the attention: "features.1.0.attn"
  std::int64_t heads = 1;
  std::int64_t window = 7;
};

bool has_position_table(const Weights& weights, const std::string& path);

/// Side of the windows. Errors: invalid_argument (a table that is of none, or of one too large to be true).
Result<std::int64_t> window_of(const Weights& weights, const std::string& path);
Result<std::int64_t> heads_of(const Weights& weights, const std::string& path);

/// A row for each offset of two tokens of a window: float32 [(2 window - 1)^2, heads].
/// V2: 16 sigmoid(W2 relu(W1 c + b1)) of the offset's coordinates c, which the checkpoint has.
Result<Tensor> take_position_table(Weights& weights, const PositionTable& table);

/// What the table says of each pair of a window's tokens: float32 [heads, tokens, tokens].
Result<Tensor> take_position_bias(Weights& weights, const PositionTable& table);

/// What cosines are multiplied by in V2: exp(min(logit_scale, ln 100)), float32 [heads, 1, 1].
Result<Tensor> take_cosine_factor(Weights& weights, const std::string& path, std::int64_t heads);

}  // namespace tandem::convert
