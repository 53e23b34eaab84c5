// SPDX-License-Identifier: Apache-2.0
// Puts together what the profiler reported and what the optimized model says of the same nodes.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "engine/profiler.h"
#include "engines/onnxruntime/executed_graph.h"
#include "engines/onnxruntime/profile_events.h"

namespace tandem::onnxruntime {

/// warmup_runs  the first ones, which are left out
/// Errors: internal (no run is left)
Result<ExecutionProfile> assemble_profile(const ProfileEvents& events, const ExecutedGraph& graph,
                                          std::size_t warmup_runs);

}  // namespace tandem::onnxruntime
