// SPDX-License-Identifier: Apache-2.0
// CaptionerConfig: the sizes of a MobileNetV3-small + attention + GRU captioner, read from the shapes of its
// checkpoint.
//
// Sources: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244; Xu et al., "Show, Attend and Tell", arXiv
// 1502.03044; docs/convert/captioner.md has the key names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"

namespace tandem::convert {

struct CaptionerConfig {
  std::int64_t image_size = 224;
  double batch_norm_epsilon = 1e-3;  // torchvision's MobileNetV3
  std::int64_t features = 0;         // channels of the image features
  std::int64_t cells = 0;            // of the feature map: its height and width
  std::int64_t vocabulary = 0;
  std::int64_t embedding = 0;
  std::int64_t decoder = 0;    // decoder_dim
  std::int64_t attention = 0;  // attention_dim
};

/// Whether the keys are those of this captioner.
bool is_captioner(const Weights& weights);

/// Errors: invalid_argument naming the tensor whose shape does not fit; unimplemented (LSTM cells).
Result<CaptionerConfig> infer_captioner(const Weights& weights, const ConvertOptions& options);

/// For people, in the order of reading.
std::vector<std::pair<std::string, std::string>> describe(const CaptionerConfig& config);

}  // namespace tandem::convert
