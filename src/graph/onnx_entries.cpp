// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of onnx/onnx.proto.
#include "graph/onnx_entries.h"

namespace tandem::onnx {

Result<std::pair<std::string, std::int64_t>> read_opset_import(const OnnxMessage& opset) {
  std::pair<std::string, std::int64_t> read;
  TRY(opset.each("opset import", [&](const ProtobufField& field) -> Status {
    if (field.is(1, Wire::kBytes)) read.first = field.text();
    if (field.is(2, Wire::kVarint)) read.second = static_cast<std::int64_t>(field.value);
    return {};
  }));
  return read;
}

Result<std::pair<std::string, std::string>> read_metadata_entry(const OnnxMessage& entry) {
  std::pair<std::string, std::string> read;
  TRY(entry.each("metadata entry", [&](const ProtobufField& field) -> Status {
    if (field.is(1, Wire::kBytes)) read.first = field.text();
    if (field.is(2, Wire::kBytes)) read.second = field.text();
    return {};
  }));
  return read;
}

}  // namespace tandem::onnx
