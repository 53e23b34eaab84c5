// SPDX-License-Identifier: Apache-2.0
// Our SessionOptions as ONNX Runtime's: threads, device, graph optimization.
#pragma once

#include <string>

#include "engine/options.h"
#include "engines/onnxruntime/runtime.h"

struct OrtSessionOptions;

namespace tandem::onnxruntime {

/// ONNX Runtime's options, and what was decided where ours leave it open.
struct ChosenOptions {
  Handle<OrtSessionOptions> options{nullptr, nullptr};
  Device device = Device::kCpu;  // never kAuto
  int gpu = 0;                   // of kCuda
  int threads = 1;

  /// "cpu, 2 threads, graph optimization all"
  std::string describe(const SessionOptions& wanted) const;
};

/// Errors: invalid_argument (threads, device_id), failed_precondition (CUDA asked for and not usable, and what is
/// missing).
Result<ChosenOptions> choose_options(const Runtime& runtime, const SessionOptions& wanted);

}  // namespace tandem::onnxruntime
