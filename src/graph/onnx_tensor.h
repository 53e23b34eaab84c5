// SPDX-License-Identifier: Apache-2.0
// ONNX's TensorProto with its elements, both ways: into a Tensor and out of one.
#pragma once

#include <memory>

#include "base/protobuf_writer.h"
#include "core/tensor.h"
#include "graph/graph.h"
#include "graph/onnx_external.h"
#include "graph/onnx_message.h"

namespace tandem::onnx {

/// Reads a TensorProto, whose elements stand in raw_data or in one of the typed fields.
/// The tensor borrows raw_data where it is aligned for its type and `owner` is given, which it then keeps; else it
/// owns. Elements in another file are found by `files` and borrowed likewise.
/// Errors: invalid_argument (damage, or elements that do not fit the shape); unimplemented (data in another file, and
/// `files` is null); those of ExternalFiles.
Result<graph::Initializer> read_tensor(const OnnxMessage& tensor, const std::shared_ptr<const void>& owner,
                                       ExternalFiles* files = nullptr);

/// The TensorProto, its elements as raw_data that is borrowed from `tensor`: it must outlive the writer.
ProtobufWriter tensor_message(std::string_view name, const Tensor& tensor);

/// The TensorProto without its elements, which lie at that place.
ProtobufWriter external_tensor_message(std::string_view name, const Tensor& tensor, const ExternalPlace& place);

}  // namespace tandem::onnx
