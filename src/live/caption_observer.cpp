// SPDX-License-Identifier: Apache-2.0
// A Caption in lines.
#include "live/caption_observer.h"

#include <fmt/format.h>

#include <utility>

namespace tandem::live {
namespace {

class CaptionObserver final : public Observer {
 public:
  explicit CaptionObserver(DescribeImage describe) : describe_(std::move(describe)) {}

  Result<Observation> observe(const Frame& frame) override {
    const Caption caption = TRY(describe_(frame.image));
    Observation observation;
    observation.picture = frame.image;
    observation.headline = caption.ended ? caption.text : caption.text + " ...";
    observation.sentence = caption.text;
    std::string words;
    for (const CaptionWord& word : caption.words) {
      words += fmt::format("{}{} {:.0f} %", words.empty() ? "" : ", ", word.word, 100 * word.probability);
    }
    if (!words.empty()) observation.details.push_back(std::move(words));
    return observation;
  }

 private:
  DescribeImage describe_;
};

}  // namespace

std::unique_ptr<Observer> observe_captions(DescribeImage describe) {
  return std::make_unique<CaptionObserver>(std::move(describe));
}

}  // namespace tandem::live
