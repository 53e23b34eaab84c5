// SPDX-License-Identifier: Apache-2.0
// Caption: what a captioner says of one image, word by word.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tandem {

/// The cells into which an encoder divides its image.
struct CaptionGrid {
  std::size_t rows = 0;
  std::size_t columns = 0;

  friend bool operator==(const CaptionGrid&, const CaptionGrid&) = default;
};

struct CaptionWord {
  std::string word;
  double probability = 0;        // among all words of the vocabulary
  std::vector<float> attention;  // [rows, columns]: where the model looked; empty when it does not say

  friend bool operator==(const CaptionWord&, const CaptionWord&) = default;
};

struct Caption {
  std::string text;                // the words with blanks between them
  std::vector<CaptionWord> words;  // without the end
  CaptionGrid grid;                // 0 x 0 when the model does not say where it looked
  bool ended = false;              // false: cut off after the most words that the config allows

  friend bool operator==(const Caption&, const Caption&) = default;
};

}  // namespace tandem
