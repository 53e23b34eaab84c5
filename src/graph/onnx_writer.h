// SPDX-License-Identifier: Apache-2.0
// Writes a graph::Model as an ONNX file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/protobuf_writer.h"
#include "graph/graph.h"

namespace tandem {

/// The ModelProto. Weights are borrowed from the model, which must outlive the result.
/// Equal models give equal bytes. Errors: resource_exhausted above 2 GiB, the limit of Protocol Buffers.
Result<ProtobufWriter> encode_onnx(const graph::Model& model);

/// A model without its large weights, for a reader that gets these in another way.
struct SplitOnnx {
  std::string message;                             // says of the others that they lie outside
  std::vector<const graph::Initializer*> outside;  // borrowed from the model
};

/// Weights of a kilobyte and more stay outside: one behind the other in a file called "weights", which nobody makes.
/// Errors: those of encode_onnx, for what remains.
Result<SplitOnnx> split_onnx(const graph::Model& model);

/// How much of a model goes into one file.
struct OnnxFileOptions {
  std::uint64_t limit_bytes = 0x7fffffff;  // of Protocol Buffers; a larger model has its weights beside it
};

/// The file beside a model that holds its weights, when they do not fit into it: "NAME.onnx.data".
std::filesystem::path external_data_path(const std::filesystem::path& path);

/// The same, as a file: written whole or not at all. Above the limit, weights of a kilobyte and more lie in a second
/// file, which is written first. Returns the files: the model, and the one of its weights when there is one.
Result<std::vector<std::filesystem::path>> write_onnx(const graph::Model& model, const std::filesystem::path& path,
                                                      const OnnxFileOptions& options = {});

}  // namespace tandem
