// SPDX-License-Identifier: Apache-2.0
// Examination: one clip of a neck, frame after frame: image to mask to measurement to decision.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "domains/carotid/decider.h"
#include "domains/carotid/measure.h"
#include "domains/carotid/sequence_row.h"
#include "pipeline/pipeline.h"
#include "vision/frame_source.h"

namespace tandem::carotid {

/// Runs the model once: one tensor per input in, one per output out.
using RunModel = std::function<Result<std::vector<Tensor>>(std::span<const Tensor>)>;

struct ExaminationOptions {
  Profile profile = Profile::kTandem;
  MeasureOptions measure;
};

struct ExaminedFrame {
  Image mask;       // gray, each pixel a class index
  SequenceRow row;  // without a true CAC: an examination does not know it
};

/// The same for a clip on disk and for a camera. For one thread; copies share the model, not what was decided.
class Examination final {
 public:
  /// Errors: failed_precondition (a pipeline that does not segment images), invalid_argument (the options).
  static Result<Examination> create(Pipeline pipeline, RunModel run, const ExaminationOptions& options = {});

  /// Frames come in the order of their times.
  /// Errors: those of the model and the pipeline; failed_precondition (a model of other classes).
  Result<ExaminedFrame> examine(const Frame& frame);

  const Decider& decider() const { return decider_; }

 private:
  Examination(Pipeline pipeline, RunModel run, const ExaminationOptions& options);
  Result<Segmentation> segment(const Image& image) const;

  Pipeline pipeline_;
  RunModel run_;
  MeasureOptions measure_;
  Decider decider_;
};

}  // namespace tandem::carotid
