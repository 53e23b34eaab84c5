// SPDX-License-Identifier: Apache-2.0
// CaptionScore: how many captions, and how many of their words, are right; counted as tools/train/caption.py does.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::caption {

/// What was said. Words have single blanks between them.
struct SaidCaption {
  std::string_view text;
  bool ended = true;  // false: cut off before the model said that it ends
};

/// The end of a caption counts as a word: the true one is right where the said one ends, too.
class CaptionScore final {
 public:
  void add(const SaidCaption& said, std::string_view truth);

  std::int64_t count() const { return count_; }
  std::int64_t correct() const { return correct_; }                // captions without one wrong word
  std::int64_t token_count() const { return tokens_; }             // words of the truths, with their ends
  std::int64_t correct_tokens() const { return correct_tokens_; }  // those at whose place the same was said

  /// Shares from 0 to 1; 0 of nothing.
  double exact_match() const { return share(correct_, count_); }
  double token_accuracy() const { return share(correct_tokens_, tokens_); }

 private:
  static double share(std::int64_t part, std::int64_t all) {
    return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
  }

  std::int64_t count_ = 0, correct_ = 0, tokens_ = 0, correct_tokens_ = 0;
};

}  // namespace tandem::caption
