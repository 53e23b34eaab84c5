// SPDX-License-Identifier: Apache-2.0
// Captioner: an image to a caption with two loaded models, as the encoder's config says.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/tensor.h"
#include "engine/engine.h"
#include "pipeline/caption.h"
#include "pipeline/caption_plan.h"
#include "pipeline/pipeline.h"
#include "vision/image.h"

namespace tandem::caption {

struct CaptionTiming {
  std::chrono::nanoseconds prepare{0};  // the image becomes the encoder's input
  std::chrono::nanoseconds encode{0};   // the encoder's run
  std::chrono::nanoseconds decode{0};   // all steps
  std::int64_t steps = 0;               // one a word and, when the caption ended, one for the end

  std::chrono::nanoseconds total() const { return prepare + encode + decode; }
  /// 0 without a step.
  std::chrono::nanoseconds step() const { return steps == 0 ? decode : decode / steps; }
};

struct TimedCaption {
  Caption caption;
  CaptionTiming timing;
};

/// The two models of a captioner. Borrowed; they outlive it and stay where they are.
struct CaptionModels {
  const Pipeline& pipeline;  // of the encoder
  Session& encoder;
  Session& step;
};

/// Immutable; thread-safe as the sessions are.
class Captioner final {
 public:
  /// Errors: failed_precondition (the encoder's config has no caption section or takes no image; the two models do not
  /// belong together), in a sentence that says what was expected.
  static Result<Captioner> create(const CaptionModels& models, const Clock& clock = system_clock());

  /// Errors: those of the pipeline, of the models and of GreedyCaption, with the part's name.
  Result<TimedCaption> caption(const Image& image) const;

  /// The same from the encoder's outputs for one image; only the steps are timed.
  Result<TimedCaption> say(std::vector<Tensor> encoded) const;

 private:
  Captioner(const CaptionModels& models, CaptionPlan plan, const Clock& clock)
      : models_(models), plan_(std::move(plan)), clock_(&clock) {}

  CaptionModels models_;
  CaptionPlan plan_;
  const Clock* clock_;
};

}  // namespace tandem::caption
