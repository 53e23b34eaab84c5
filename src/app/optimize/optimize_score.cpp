// SPDX-License-Identifier: Apache-2.0
// One tally for each variant, fed example by example.
#include "app/optimize/optimize_score.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "app/models/captioner_session.h"
#include "core/tolerance.h"
#include "domains/caption/caption_score.h"

namespace tandem::app {
namespace {

/// Overlap of one class, frame by frame.
struct DiceTally {
  double sum = 0;
  std::size_t frames = 0;  // whose truth has the class
};

class Tally final {
 public:
  explicit Tally(const Pipeline* pipeline) : pipeline_(pipeline) {}

  Status add(const Example& example, std::span<const Tensor> outputs) {
    if (example.label) TRY(add_label(*example.label, example, outputs));
    if (example.mask) TRY(add_mask(*example.mask, example, outputs));
    if (!example.caption.empty()) add_caption(example.caption, outputs);
    return {};
  }

  std::vector<TaskMetric> metrics() const {
    std::vector<TaskMetric> metrics;
    if (labels_ > 0) {
      metrics.push_back({"accuracy", static_cast<double>(right_) / static_cast<double>(labels_), labels_});
    }
    add_dice(metrics);
    if (captions_.count() > 0) {
      metrics.push_back({"exact_match", captions_.exact_match(), static_cast<std::size_t>(captions_.count())});
      metrics.push_back(
          {"token_accuracy", captions_.token_accuracy(), static_cast<std::size_t>(captions_.token_count())});
    }
    return metrics;
  }

 private:
  Status add_label(std::int64_t label, const Example& example, std::span<const Tensor> outputs) {
    const bool by_config = pipeline_ != nullptr && example.prepared.image_width > 0;
    std::int64_t said = 0;
    if (by_config) {
      const Prediction prediction = TRY(pipeline_->interpret(outputs, example.prepared));
      if (!prediction.classification) return {};
      said = static_cast<std::int64_t>(prediction.classification->best);
    } else {
      said = largest(outputs[0]);
    }
    ++labels_;
    right_ += said == label ? 1U : 0U;
    return {};
  }

  static std::int64_t largest(const Tensor& scores) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.element_count(); ++i) {
      if (element_as_double(scores, i) > element_as_double(scores, best)) best = i;
    }
    return static_cast<std::int64_t>(best);
  }

  Status add_mask(const Image& truth, const Example& example, std::span<const Tensor> outputs) {
    const Prediction prediction = TRY(pipeline_->interpret(outputs, example.prepared));
    if (!prediction.segmentation) return {};
    const Segmentation& said = *prediction.segmentation;
    if (said.mask.pixels.size() != truth.pixels.size()) {
      return invalid_argument(
          fmt::format("the model's mask has {} pixels, the truth {}", said.mask.pixels.size(), truth.pixels.size()));
    }
    std::map<std::uint8_t, std::array<std::size_t, 3>> counts;  // of a class: in the truth, said, both
    for (std::size_t i = 0; i < truth.pixels.size(); ++i) {
      ++counts[truth.pixels[i]][0];
      ++counts[said.mask.pixels[i]][1];
      if (truth.pixels[i] == said.mask.pixels[i]) ++counts[truth.pixels[i]][2];
    }
    for (const auto& [value, count] : counts) {
      if (value == 0 || count[0] == 0) continue;
      DiceTally& tally = dice_[value < said.labels.size() ? said.labels[value] : fmt::format("class_{}", value)];
      tally.sum += 2.0 * static_cast<double>(count[2]) / static_cast<double>(count[0] + count[1]);
      ++tally.frames;
    }
    return {};
  }

  /// The mean over classes, then each class.
  void add_dice(std::vector<TaskMetric>& metrics) const {
    if (dice_.empty()) return;
    double sum = 0;
    std::size_t frames = 0;
    for (const auto& [name, tally] : dice_) {
      sum += tally.sum / static_cast<double>(tally.frames);
      frames += tally.frames;
    }
    metrics.push_back({"dice", sum / static_cast<double>(dice_.size()), frames});
    for (const auto& [name, tally] : dice_) {
      metrics.push_back({"dice_" + name, tally.sum / static_cast<double>(tally.frames), tally.frames});
    }
  }

  void add_caption(const std::string& truth, std::span<const Tensor> outputs) {
    const SaidWords said = said_words(outputs);
    captions_.add({said.text, said.ended}, truth);
  }

  const Pipeline* pipeline_;
  std::size_t labels_ = 0;
  std::size_t right_ = 0;
  std::map<std::string, DiceTally> dice_;
  caption::CaptionScore captions_;
};

}  // namespace

Result<std::vector<VariantScore>> score_variants(std::span<Session* const> variants, const ExampleSet& data,
                                                 const Pipeline* pipeline,
                                                 const std::function<void(double)>& progress) {
  std::vector<Tally> tallies(variants.size(), Tally(pipeline));
  std::vector<VariantScore> scores(variants.size());
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    const Example& example = data.examples[i];
    std::vector<Tensor> original;
    for (std::size_t v = 0; v < variants.size(); ++v) {
      std::vector<Tensor> outputs = TRY(variants[v]->run(example.prepared.inputs));
      TRY(tallies[v].add(example, outputs));
      if (v == 0) original = std::move(outputs);
      const std::vector<Tensor>& own = v == 0 ? original : outputs;
      for (std::size_t k = 0; k < own.size(); ++k) scores[v].parity.add(original[k], own[k]);
    }
    progress(static_cast<double>(i + 1) / static_cast<double>(data.examples.size()));
  }
  for (std::size_t v = 0; v < variants.size(); ++v) scores[v].metrics = tallies[v].metrics();
  return scores;
}

}  // namespace tandem::app
