// SPDX-License-Identifier: Apache-2.0
// Blocks: a loaded model that measures when it is told to, so that another program can measure in between.
#pragma once

#include <istream>
#include <span>

#include "base/error.h"
#include "engine/engine.h"

namespace tandem::app {

/// `ready (MILLISECONDS block)* end-of-input`: prints {"ready": ...} on standard output, then for each line of
/// `commands`, a number of milliseconds, runs the model that long and prints {"runs", "mean_ms", "p50_ms", "min_ms"} in
/// one line. benchmarks/compare_with_python.py is the other side.
Status measure_blocks(Session& session, std::span<const Tensor> inputs, std::istream& commands);

}  // namespace tandem::app
