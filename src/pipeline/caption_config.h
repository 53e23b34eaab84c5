// SPDX-License-Identifier: Apache-2.0
// CaptionConfig: the section `caption` of an encoder's config: which model says the words, and what they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "pipeline/caption.h"

namespace tandem {

struct ConfigValue;  // pipeline/config_reader.h

/// Ids are indices of `words`.
struct CaptionConfig {
  std::string step;                 // the name of the model that says a word; no path
  std::vector<std::string> words;   // by id
  std::int64_t start = 0;           // what the first step is given for the last word
  std::int64_t end = 0;             // with which a caption ends
  std::vector<std::int64_t> never;  // what is never said: the start, and padding and the unknown word if there are
  std::int64_t max_words = 50;      // steps at most; the end is one
  std::optional<CaptionGrid> grid;  // absent: the cells are a square
};

/// Errors: invalid_argument with the key's path.
Result<CaptionConfig> read_caption_config(const ConfigValue& value);

}  // namespace tandem
