// SPDX-License-Identifier: Apache-2.0
// Observer: what is looked at in a live view: one frame in, a picture, text and a sentence out.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "vision/frame_source.h"
#include "vision/image.h"

namespace tandem::live {

/// Runs the model once: one tensor per input in, one per output out. Owns the model.
using RunModel = std::function<Result<std::vector<Tensor>>(std::span<const Tensor>)>;

/// What a model says about one frame.
struct Observation {
  Image picture;                     // the frame with what was found drawn in
  std::string headline;              // the answer on one line: "arrest (median_high), CAC 0.956"
  std::vector<std::string> details;  // further lines
  std::string sentence;              // the answer as it is spoken
};

/// A loaded model with its meaning. For one thread, which may be another one than that which made it.
class Observer {
 public:
  virtual ~Observer() = default;

  /// Errors: those of the model and its pipeline.
  virtual Result<Observation> observe(const Frame& frame) = 0;
};

}  // namespace tandem::live
