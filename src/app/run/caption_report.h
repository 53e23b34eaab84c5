// SPDX-License-Identifier: Apache-2.0
// Captions for people and as JSON, one by one and counted.
#pragma once

#include <optional>
#include <string>

#include "domains/caption/caption_score.h"
#include "domains/caption/captioner.h"

namespace tandem::app {

/// What a captioner said of one input.
struct CaptionReport {
  caption::TimedCaption said;
  std::string truth;  // the right caption; empty where nobody knows it

  bool is_right() const { return said.caption.ended && said.caption.text == truth; }
};

/// "encoder 0.41 ms, 14 steps of 0.12 ms"
std::string timing_as_text(const caption::CaptionTiming& timing);

/// The caption, the truth where another was right, and with `words` each word with its probability.
std::string report_as_text(const CaptionReport& report, bool words);

/// An object: text, words (word, probability, attention), grid, ended, the times, and the truth where it is known.
std::string report_as_json(const CaptionReport& report);

/// "992 of 1000 captions right (99.20 %), 13825 of 13833 words (99.94 %)"
std::string score_as_text(const caption::CaptionScore& score);

}  // namespace tandem::app
