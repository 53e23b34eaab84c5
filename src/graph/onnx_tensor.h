// SPDX-License-Identifier: Apache-2.0
// ONNX's TensorProto with its elements, both ways: into a Tensor and out of one.
#pragma once

#include <memory>

#include "base/protobuf_writer.h"
#include "core/tensor.h"
#include "graph/graph.h"
#include "graph/onnx_message.h"

namespace tandem::onnx {

/// Reads a TensorProto, whose elements stand in raw_data or in one of the typed fields.
/// The tensor borrows raw_data where it is aligned for its type and `owner` is given, which it then keeps; else it
/// owns. Errors: invalid_argument (damage, or elements that do not fit the shape); unimplemented (data in another
/// file).
Result<graph::Initializer> read_tensor(const OnnxMessage& tensor, const std::shared_ptr<const void>& owner);

/// The TensorProto, its elements as raw_data that is borrowed from `tensor`: it must outlive the writer.
ProtobufWriter tensor_message(std::string_view name, const Tensor& tensor);

}  // namespace tandem::onnx
