// SPDX-License-Identifier: Apache-2.0
// LoadTarget: what a load test asks, a model of this process or of a server.
#pragma once

#include <memory>
#include <string>

#include "app/bench/input_flags.h"
#include "app/bench/scenario_flags.h"
#include "app/models/session_flags.h"
#include "base/error.h"
#include "bench/load_generator.h"

namespace tandem::app {

struct LoadTarget {
  std::string model;
  std::string system;  // "onnxruntime 1.31.1: cpu, 2 threads", "http://localhost:8000 (onnxruntime_onnx)"
  std::string inputs;
  std::size_t samples_per_query = 1;
  std::size_t slots = 1;
  bool slots_are_the_systems = true;
  bench::Query query;  // owns what it needs
};

struct LocalModel {
  std::string model;
  std::string store;
  SessionFlags session;  // as many slots as instances
  InputFlags inputs;
};
/// Errors: those of finding and loading the model, and of the inputs.
Result<LoadTarget> make_local_target(const Context& context, const LocalModel& flags);

/// A connection for each slot. Errors: those of the server (unavailable, not_found ...), and of the inputs.
Result<LoadTarget> make_remote_target(const ScenarioFlags& flags, const std::string& model, const InputFlags& inputs);

}  // namespace tandem::app
