// SPDX-License-Identifier: Apache-2.0
// Writes a graph::Model as an ONNX file.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "base/protobuf_writer.h"
#include "graph/graph.h"

namespace tandem {

/// The ModelProto. Weights are borrowed from the model, which must outlive the result.
/// Equal models give equal bytes. Errors: resource_exhausted above 2 GiB, the limit of Protocol Buffers.
Result<ProtobufWriter> encode_onnx(const graph::Model& model);

/// The same, as a file: written whole or not at all.
Status write_onnx(const graph::Model& model, const std::filesystem::path& path);

}  // namespace tandem
