// SPDX-License-Identifier: Apache-2.0
// The JSON has the shape in which the server answers, with the times beside it.
#include "app/run/caption_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/milliseconds.h"
#include "bench/histogram.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBarColumns = 30;

std::string words_as_text(const Caption& caption) {
  std::size_t width = 1;
  for (const CaptionWord& word : caption.words) width = std::max(width, word.word.size());
  std::string text;
  for (const CaptionWord& word : caption.words) {
    text += fmt::format("    {:<{}}  {:>6.2f} %  {}\n", word.word, width, 100 * word.probability,
                        bench::draw_bar(word.probability, kBarColumns));
  }
  return text;
}

Json words_as_json(const Caption& caption) {
  Json words = Json::array();
  for (const CaptionWord& word : caption.words) {
    words.push_back({{"word", word.word}, {"probability", word.probability}, {"attention", word.attention}});
  }
  return words;
}

}  // namespace

std::string timing_as_text(const caption::CaptionTiming& timing) {
  return fmt::format("encoder {:.3g} ms, {} steps of {:.3g} ms", milliseconds(timing.encode), timing.steps,
                     milliseconds(timing.step()));
}

std::string report_as_text(const CaptionReport& report, bool words) {
  const Caption& caption = report.said.caption;
  std::string text = fmt::format("  {}{}\n", caption.text, caption.ended ? "" : " ... (cut off)");
  if (!report.truth.empty() && !report.is_right()) text += fmt::format("  expected: {}\n", report.truth);
  return words ? text + words_as_text(caption) : text;
}

std::string report_as_json(const CaptionReport& report) {
  const Caption& caption = report.said.caption;
  const caption::CaptionTiming& timing = report.said.timing;
  Json json = {{"text", caption.text},
               {"words", words_as_json(caption)},
               {"grid", {caption.grid.rows, caption.grid.columns}},
               {"ended", caption.ended},
               {"encoder_ms", milliseconds(timing.encode)},
               {"step_ms", milliseconds(timing.step())},
               {"steps", timing.steps}};
  if (!report.truth.empty()) json.update({{"truth", report.truth}, {"correct", report.is_right()}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string score_as_text(const caption::CaptionScore& score) {
  return fmt::format("{} of {} captions right ({:.2f} %), {} of {} words, their ends counted ({:.2f} %)",
                     score.correct(), score.count(), 100 * score.exact_match(), score.correct_tokens(),
                     score.token_count(), 100 * score.token_accuracy());
}

}  // namespace tandem::app
