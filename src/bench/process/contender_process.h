// SPDX-License-Identifier: Apache-2.0
// What a process that is measured is asked for, and what it says of itself.
#pragma once

#include <cstdint>
#include <string>

#include "core/model_info.h"
#include "engine/options.h"

namespace tandem::bench {

/// Of a process with all that it has started, in proportional set size: memory that processes share is divided among
/// them.
struct MemoryUse {
  std::uint64_t before_load_bytes = 0;  // the program and its libraries so far
  std::uint64_t after_load_bytes = 0;
  std::uint64_t now_bytes = 0;
  std::uint64_t peak_bytes = 0;  // resident, the most at any time

  friend bool operator==(const MemoryUse&, const MemoryUse&) = default;
};

struct LoadedContender {
  ModelInfo info;       // inputs and outputs only
  std::string engine;   // "onnxruntime"
  std::string version;  // of the engine
  std::string options;  // what the session really chose
  std::string file;     // which of the model's files was loaded
  int cores = 1;        // Session::cores
  double load_ms = 0;
  MemoryUse memory;

  friend bool operator==(const LoadedContender&, const LoadedContender&) = default;
};

}  // namespace tandem::bench
