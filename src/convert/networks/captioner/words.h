// SPDX-License-Identifier: Apache-2.0
// The words that a captioner says: from the checkpoint's table into the conversion.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

struct CaptionSizes {
  std::int64_t words = 0;  // that the network tells apart
  std::int64_t cells = 0;  // of the image: its height and width
};

/// The word list, when `tables` has it as "word_map", goes into the encoder's `caption` and, as tools/train/caption.py
/// writes it, into the files: property "captioner", JSON with the part, the words and the ids of start, end and pad.
/// conversion   the encoder is its first model, the step its last
/// errors       invalid_argument naming what does not fit
Status add_words(Conversion& conversion, const std::vector<IntegerTable>& tables, CaptionSizes sizes);

}  // namespace tandem::convert
