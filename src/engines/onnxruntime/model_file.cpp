// SPDX-License-Identifier: Apache-2.0
// Walks ModelProto, GraphProto, ValueInfoProto and TensorProto; field numbers are those of onnx/onnx.proto.
#include "engines/onnxruntime/model_file.h"

#include <string_view>

#include "base/bytes.h"
#include "base/protobuf_wire.h"

namespace tandem::onnxruntime {
namespace {

using Wire = ProtobufField::Wire;

bool has_bytes_field(std::span<const std::byte> message, std::uint32_t number, std::span<const std::byte>& out) {
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (!field->is(number, Wire::kBytes)) continue;
    out = field->bytes;
    return true;
  }
  return false;
}

/// ValueInfoProto {1: name, 2: type {1: tensor_type {2: shape}}}
void note_value(std::span<const std::byte> value_info, ModelFileFacts& facts) {
  std::span<const std::byte> name, type, tensor_type, shape;
  if (has_bytes_field(value_info, 1, name) && has_bytes_field(value_info, 2, type) &&
      has_bytes_field(type, 1, tensor_type) && has_bytes_field(tensor_type, 2, shape)) {
    facts.with_shape.emplace(as_text(name));
  }
}

/// TensorProto {14: data_location (1 is EXTERNAL)}
bool is_external(std::span<const std::byte> tensor) {
  ProtobufReader reader(tensor);
  while (const auto field = reader.next()) {
    if (field->is(14, Wire::kVarint) && field->value == 1) return true;
  }
  return false;
}

/// GraphProto {1: node, 5: initializer, 11: input, 12: output}; false when damaged.
bool note_graph(std::span<const std::byte> graph, ModelFileFacts& facts) {
  ProtobufReader reader(graph);
  while (const auto field = reader.next()) {
    if (field->is(5, Wire::kBytes)) facts.external_data = facts.external_data || is_external(field->bytes);
    if (field->is(11, Wire::kBytes) || field->is(12, Wire::kBytes)) note_value(field->bytes, facts);
  }
  return !reader.damaged();
}

/// What people take for an ONNX file by mistake, by its first bytes.
std::string_view what_it_seems(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04")) return "it is a zip archive, as PyTorch checkpoints and .npz files are";
  if (bytes.starts_with("\x89HDF")) return "it is an HDF5 file, as Keras' .h5 files are";
  if (bytes.starts_with("\x93NUMPY")) return "it is a NumPy array";
  if (bytes.starts_with("\x80\x02") || bytes.starts_with("\x80\x04")) return "it is a Python pickle";
  if (bytes.starts_with("version https://git-lfs")) return "it is a Git LFS pointer; run `git lfs pull`";
  if (bytes.starts_with("<")) return "it is an HTML or XML page";
  return "its bytes are no ONNX protobuf, or the file is cut off";
}

}  // namespace

Result<ModelFileFacts> read_model_file(std::span<const std::byte> bytes) {
  if (bytes.empty()) return invalid_argument("not an ONNX model: it is empty");
  ModelFileFacts facts;
  bool has_graph = false;
  bool whole = true;
  ProtobufReader reader(bytes);
  while (const auto field = reader.next()) {  // ModelProto {7: graph}
    if (!field->is(7, Wire::kBytes)) continue;
    has_graph = true;
    whole = whole && note_graph(field->bytes, facts);
  }
  if (reader.damaged() || !has_graph || !whole) {
    const std::string_view text = as_text(bytes);
    return invalid_argument("not an ONNX model: " + std::string(what_it_seems(text)));
  }
  return facts;
}

}  // namespace tandem::onnxruntime
