// SPDX-License-Identifier: Apache-2.0
// The two parts of the captioner as graphs: what sees the image, and what says the next word.
#pragma once

#include "base/error.h"
#include "convert/layers.h"
#include "convert/networks/captioner/config.h"

namespace tandem::convert {

/// image -> features [batch, cells^2, C], att1 [batch, cells^2, A] (encoder_att, which does not change from word to
/// word), h0 [batch, D].
Result<graph::Model> build_encoder(Weights& weights, const CaptionerConfig& config);

/// word int64 [batch], h [batch, D], features, att1 -> logits [batch, V], next_h [batch, D], alpha [batch, cells^2].
Result<graph::Model> build_step(Weights& weights, const CaptionerConfig& config);

}  // namespace tandem::convert
