// SPDX-License-Identifier: Apache-2.0
// Word by word, from the first; what was said beyond the truth's end has no place to be right at.
#include "domains/caption/caption_score.h"

#include <algorithm>
#include <vector>

namespace tandem::caption {
namespace {

/// No word is empty, so an empty token is free to stand for the end.
constexpr std::string_view kEnd;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) words.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return words;
}

}  // namespace

void CaptionScore::add(const SaidCaption& said, std::string_view truth) {
  std::vector<std::string_view> tokens = words_of(said.text);
  if (said.ended) tokens.push_back(kEnd);
  std::vector<std::string_view> expected = words_of(truth);
  expected.push_back(kEnd);
  ++count_;
  if (tokens == expected) ++correct_;
  tokens_ += static_cast<std::int64_t>(expected.size());
  for (std::size_t i = 0; i < std::min(tokens.size(), expected.size()); ++i) {
    if (tokens[i] == expected[i]) ++correct_tokens_;
  }
}

}  // namespace tandem::caption
