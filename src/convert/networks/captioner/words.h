// SPDX-License-Identifier: Apache-2.0
// What captioners have in common: two parts, and words from the checkpoint's table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

struct CaptionSizes {
  std::int64_t words = 0;  // that the network tells apart
  std::int64_t cells = 0;  // of the image: its height and width
};

/// What is known of a captioner once its two graphs are made.
struct CaptionerParts {
  std::vector<std::pair<std::string, std::string>> facts;
  graph::Model encoder;
  graph::Model step;
  std::optional<ImageInput> image;
  CaptionSizes sizes;
};

/// The parts and their words. The word list, when `tables` has it as "word_map", goes into the encoder's `caption` and,
/// as tools/train/caption.py writes it, into the files: property "captioner", JSON with the part, the words and the ids
/// of start, end and pad.
/// Errors: invalid_argument naming what does not fit.
Result<Conversion> caption_conversion(CaptionerParts parts, const std::vector<IntegerTable>& tables);

}  // namespace tandem::convert
