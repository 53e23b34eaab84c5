// SPDX-License-Identifier: Apache-2.0
// What ONNX's TensorProto and ValueInfoProto say of a tensor: name, element type and shape, never the elements.
#pragma once

#include "graph/onnx_message.h"
#include "graph/onnx_summary.h"

namespace tandem::onnx {

/// Errors: invalid_argument (damage, a negative dimension, a size that overflows).
Result<OnnxInitializer> read_initializer(const OnnxMessage& tensor);

/// A model's input or output; dtype undefined when it is no tensor.
Result<TensorSpec> read_value_info(const OnnxMessage& value);

}  // namespace tandem::onnx
