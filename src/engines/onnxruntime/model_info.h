// SPDX-License-Identifier: Apache-2.0
// Reads a loaded model's inputs, outputs and metadata.
#pragma once

#include "base/error.h"
#include "core/model_info.h"
#include "engines/onnxruntime/model_file.h"
#include "engines/onnxruntime/runtime.h"

struct OrtSession;

namespace tandem::onnxruntime {

/// Inputs with a default in the model (overridable initializers) are not among the inputs: the default is used. Inputs
/// and outputs that are no tensors have the dtype kUndefined.
Result<ModelInfo> read_model_info(const Runtime& runtime, const OrtSession& session, const ModelFileFacts& facts);

}  // namespace tandem::onnxruntime
