// SPDX-License-Identifier: Apache-2.0
// calibrate: runs a model on samples and notes the smallest and largest number that each value in between takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "engine/engine.h"
#include "graph/graph.h"

namespace tandem::optimize {

struct Range {
  float min = 0;
  float max = 0;
};
using Ranges = std::map<std::string, Range, std::less<>>;

/// What the model is calibrated on. Samples are asked for again and again, in order, once for each group of values.
struct Samples {
  std::size_t count = 0;
  std::function<Result<std::vector<Tensor>>(std::size_t)> at;  // one tensor per input of the model
};

struct CalibrateOptions {
  std::uint64_t group_bytes = 256 << 20;      // of values that are held at a time, for one sample
  std::function<void(double done)> progress;  // 0..1; may be empty
};

/// Min-max calibration. The model is run with `values` as further outputs, in groups, and is as it was afterwards; only
/// ranges are kept, never the values. NaN and infinities are passed over.
/// Errors: invalid_argument (no sample; a value that takes no finite number), those of the engine and of `samples`.
Result<Ranges> calibrate(graph::Model& model, const std::vector<std::string>& values, Engine& engine,
                         const Samples& samples, const CalibrateOptions& options = {});

}  // namespace tandem::optimize
