// SPDX-License-Identifier: Apache-2.0
// Reads the report of ONNX Runtime's profiler: a JSON array of events, one for each run and each node that ran.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/profiler.h"

namespace tandem::onnxruntime {

/// What all executions of a node have in common; taken from the first one.
struct EventNode {
  std::string name;  // "Conv_3" where the model gives it none
  std::string op;
  std::string provider;
  std::uint64_t index = 0;            // in the optimized graph; subgraphs count on their own
  std::vector<ProfiledValue> inputs;  // dtype and shape only
  std::vector<ProfiledValue> outputs;
};

inline constexpr std::size_t kWholeRun = static_cast<std::size_t>(-1);

struct TimedEvent {
  std::size_t node = kWholeRun;  // of ProfileEvents::nodes, or kWholeRun
  std::uint64_t start_us = 0;    // since profiling began
  std::uint64_t duration_us = 0;
};

struct ProfileEvents {
  std::vector<EventNode> nodes;
  /// By their start; of the same microsecond a run comes before its nodes, and a node before those that it calls.
  std::vector<TimedEvent> events;
};

/// Whether the node executes others: If, Loop, Scan and the searches that call a decoder.
bool calls_nodes(std::string_view op);

/// The report is a file that others may have written: types, counts, sizes and depth are checked before use.
/// Errors: invalid_argument (what is wrong with it)
Result<ProfileEvents> read_profile_events(std::string_view json);

}  // namespace tandem::onnxruntime
