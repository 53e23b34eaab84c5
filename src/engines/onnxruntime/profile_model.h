// SPDX-License-Identifier: Apache-2.0
// Runs a model under ONNX Runtime's profiler.
#pragma once

#include <span>

#include "base/error.h"
#include "engine/profiler.h"
#include "engines/onnxruntime/create_session.h"
#include "engines/onnxruntime/runtime.h"

namespace tandem::onnxruntime {

/// The report, and the model as ONNX Runtime has optimized it, go through a folder of their own below the system's for
/// temporary files; there must be room for the model's weights.
/// source.path  is there: weights may lie beside it
Result<ExecutionProfile> profile_model(const Runtime& runtime, const ModelSource& source,
                                       std::span<const Tensor> inputs, const SessionOptions& options,
                                       const ProfileOptions& profile);

}  // namespace tandem::onnxruntime
