// SPDX-License-Identifier: Apache-2.0
// MobileNetV3-small + attention + GRU captioner to ONNX: an encoder that sees the image, a step that says a word.
#pragma once

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"
#include "formats/torch_checkpoint.h"

namespace tandem::convert {

/// The word list, when `tables` has it as "word_map", goes into the encoder's `caption` and, as tools/train/caption.py
/// writes it, into the files: property "captioner", JSON with the part, the words and the ids of start, end and pad.
/// Errors: invalid_argument naming what does not fit.
Result<Conversion> convert_captioner(Weights& weights, const ConvertOptions& options,
                                     const std::vector<IntegerTable>& tables);

}  // namespace tandem::convert
