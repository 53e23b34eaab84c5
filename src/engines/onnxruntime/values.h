// SPDX-License-Identifier: Apache-2.0
// Tensors as ONNX Runtime's values and back, without copying what is not a string.
#pragma once

#include "core/tensor.h"
#include "engines/onnxruntime/runtime.h"

struct OrtValue;

namespace tandem::onnxruntime {

/// A value over the tensor's own memory, which must outlive it; strings are copied. ONNX Runtime writes into it only
/// when it is used as an output.
Result<Handle<OrtValue>> wrap(const Runtime& runtime, const Tensor& tensor);

/// A tensor over the value's memory, which keeps the value alive; strings are copied.
/// Errors: unimplemented (no tensor, or an element type that Tandem does not know).
Result<Tensor> unwrap(const Runtime& runtime, Handle<OrtValue> value);

}  // namespace tandem::onnxruntime
