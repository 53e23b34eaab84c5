// SPDX-License-Identifier: Apache-2.0
// Tensors and descriptions of models as fields of a message.
#pragma once

#include <span>

#include "base/error.h"
#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "core/model_info.h"
#include "core/tensor.h"

namespace tandem::bench {

/// Borrows the tensor's memory until the message has been put together.
ProtobufWriter write_tensor(const Tensor& tensor);
Result<Tensor> read_tensor(const ProtobufField& field);

/// Inputs and outputs, nothing else.
ProtobufWriter write_info(const ModelInfo& info);
Result<ModelInfo> read_info(std::span<const std::byte> body);

}  // namespace tandem::bench
