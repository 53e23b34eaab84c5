// SPDX-License-Identifier: Apache-2.0
// What `tandem optimize` does to a network: each pass over each of its parts.
#pragma once

#include <functional>

#include "app/optimize/optimize_data.h"
#include "app/optimize/optimize_network.h"
#include "base/error.h"
#include "optimize/float16.h"
#include "optimize/quantize_weight.h"

namespace tandem::app {

Result<Network> make_float16(const Network& base, optimize::Float16Edges edges);

/// Errors: failed_precondition when there is no product that could become an integer one.
Result<Network> make_int8_dynamic(const Network& base, optimize::WeightBits bits);

/// What static quantization needs besides the network. All outlive the call.
struct StaticTools {
  Engine& engine;                 // that runs the network for its ranges
  const ExampleSet& calibration;  // inputs of the first part
  optimize::WeightBits bits;
  std::function<void(double)> progress;
};

/// The part that sees the image is quantized; a captioner's step, whose inputs no example holds, stays as it is.
/// Errors: failed_precondition when there is nothing that could work on integers; those of calibrate().
Result<Network> make_int8_static(const Network& base, const StaticTools& tools);

}  // namespace tandem::app
