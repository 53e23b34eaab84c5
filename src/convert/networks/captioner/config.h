// SPDX-License-Identifier: Apache-2.0
// CaptionerConfig: the sizes of a MobileNetV3-small + attention + GRU captioner, read from the shapes of its
// checkpoint.
//
// Sources: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244; Xu et al., "Show, Attend and Tell", arXiv
// 1502.03044; docs/convert/captioner.md has the key names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"

namespace tandem::convert {

/// One inverted-residual block of MobileNetV3; what shapes do not tell is fixed by the published small network.
struct MobileBlock {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  bool hard_swish = false;  // else ReLU
};
/// Table 2 of arXiv 1905.02244, the blocks between the stem and the last convolution.
inline constexpr std::array<MobileBlock, 11> kMobileNetV3Small = {{{3, 2, false},
                                                                   {3, 2, false},
                                                                   {3, 1, false},
                                                                   {5, 2, true},
                                                                   {5, 1, true},
                                                                   {5, 1, true},
                                                                   {5, 1, true},
                                                                   {5, 1, true},
                                                                   {5, 2, true},
                                                                   {5, 1, true},
                                                                   {5, 1, true}}};

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
