// SPDX-License-Identifier: Apache-2.0
// What every engine checks before it runs a model.
#pragma once

#include <span>

#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem {

/// Only tensors have a dtype; a model with other values is loaded, so that it can be inspected, but cannot be run.
/// Errors: unimplemented, naming the input or output.
Status check_runnable(const ModelInfo& info);

/// Whether the tensors may be given to Session::run of a model: their count, dtypes and shapes, and that memory given
/// for outputs can be written. The error is invalid_argument: which input or output, expected, got.
Status check_run(const ModelInfo& info, std::span<const Tensor> inputs, std::span<const Tensor> outputs);

}  // namespace tandem
