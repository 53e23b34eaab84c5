// SPDX-License-Identifier: Apache-2.0
// Reads the model with its other files, and writes it anew.
#include "app/store/one_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

Result<ProtobufWriter> encode_whole(const graph::Model& model) {
  auto encoded = encode_onnx(model);
  if (encoded || encoded.error().code != Code::kResourceExhausted) return encoded;
  return fail(Code::kResourceExhausted,
              fmt::format("its weights lie in other files, and a store takes a model in one file: {}; make its weights "
                          "smaller before it is converted, or run it from its own files with tandem run",
                          encoded.error().message));
}

}  // namespace

bool has_external_weights(const OnnxSummary& summary) {
  return std::ranges::any_of(summary.initializers, &OnnxInitializer::external);
}

Result<OneFile> as_one_file(const fs::path& model, const OnnxSummary& summary) {
  if (!has_external_weights(summary)) return OneFile{model, nullptr};
  const graph::Model read = TRY(read_onnx_file(model));
  const ProtobufWriter whole = TRY(encode_whole(read));
  OneFile one;
  one.scratch = TRY(ScratchFolder::make(fs::temp_directory_path(), "tandem-store-"));
  one.path = one.scratch->path() / model.filename();
  TRY(write_file_atomic(one.path, whole.pieces()));
  return one;
}

}  // namespace tandem::app
