// SPDX-License-Identifier: Apache-2.0
// Writes a graph::Model as an ONNX file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file_replacement.h"
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
  std::uint64_t later_bytes = 0;           // room for what the metadata will say besides, once finish() is called
};

/// The file beside a model that holds its weights, when they do not fit into it: "NAME.onnx.data".
std::filesystem::path external_data_path(const std::filesystem::path& path);

/// A model's file while it is still being found out what its metadata will say: `write_body [finish]`. Above the limit,
/// weights of a kilobyte and more lie in a second file. Without finish() nothing is left behind.
class OnnxFileWriter final {
 public:
  /// `model` outlives it; until write_body() has returned, nothing of it but the metadata may change.
  OnnxFileWriter(const graph::Model& model, std::filesystem::path path, const OnnxFileOptions& options = {});

  /// All but the metadata, beside `path`; on any thread. Errors: those of writing files; resource_exhausted (over
  /// 2 GiB without the weights).
  Status write_body();

  /// The metadata as it is now; then the files take their places, that of the weights first. Returns the files: the
  /// model, and the one of its weights when there is one.
  Result<std::vector<std::filesystem::path>> finish();

 private:
  const graph::Model& model_;
  const std::filesystem::path path_;
  ProtobufWriter body_;
  std::vector<std::string_view> outside_;  // the second file; empty: there is none
  std::optional<FileReplacement> file_;
  std::optional<FileReplacement> data_file_;
};

/// The same for a model of which everything is known.
Result<std::vector<std::filesystem::path>> write_onnx(const graph::Model& model, const std::filesystem::path& path,
                                                      const OnnxFileOptions& options = {});

}  // namespace tandem
