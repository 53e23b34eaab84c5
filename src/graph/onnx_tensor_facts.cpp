// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of onnx/onnx.proto (TensorProto, ValueInfoProto, TypeProto, TensorShapeProto).
#include "graph/onnx_tensor_facts.h"

namespace tandem::onnx {
namespace {

constexpr std::size_t kMaxRank = 64;

DType to_dtype(std::uint64_t value) {
  return value < static_cast<std::uint64_t>(kDTypeCount) ? static_cast<DType>(value) : DType::kUndefined;
}

/// TensorProto.dims: packed or one by one.
Status read_dims(const OnnxMessage& tensor, const ProtobufField& field, std::vector<std::int64_t>& dims) {
  if (field.wire == Wire::kVarint) {
    dims.push_back(static_cast<std::int64_t>(field.value));
  } else if (field.wire == Wire::kBytes) {
    ProtobufReader packed(field.bytes);
    while (const auto value = packed.next_varint()) {
      dims.push_back(static_cast<std::int64_t>(*value));
      if (dims.size() > kMaxRank) break;
    }
    if (packed.damaged()) return tensor.inside(field).refuse("list of dimensions", "is damaged");
  }
  if (dims.size() > kMaxRank) return tensor.refuse("tensor", fmt::format("has more than {} dimensions", kMaxRank));
  return {};
}

Status count_elements(const OnnxMessage& tensor, OnnxInitializer& initializer) {
  const auto count = Shape(initializer.dims).element_count();
  if (!count) return tensor.refuse("tensor '" + initializer.name + "'", "has a negative or an impossibly large shape");
  initializer.elements = static_cast<std::uint64_t>(*count);
  if (initializer.dtype == DType::kUndefined || initializer.dtype == DType::kString) return {};
  const auto bytes = byte_size(initializer.dtype, static_cast<std::size_t>(*count));
  if (!bytes) return tensor.refuse("tensor '" + initializer.name + "'", "has an impossibly large shape");
  initializer.bytes = *bytes;
  return {};
}

Result<Dim> read_dim(const OnnxMessage& message) {
  Dim dim;
  TRY(message.each("dimension", [&](const ProtobufField& field) -> Status {
    if (field.is(1, Wire::kVarint)) dim.size = static_cast<std::int64_t>(field.value);
    if (field.is(2, Wire::kBytes)) dim.name = field.text();
    return {};
  }));
  if (dim.size < 0) dim.size = -1;
  return dim;
}

Status read_tensor_type(const OnnxMessage& type, TensorSpec& spec) {
  spec.shape.unknown_rank = true;
  return type.each("tensor type", [&](const ProtobufField& field) -> Status {
    if (field.is(1, Wire::kVarint)) spec.dtype = to_dtype(field.value);
    if (!field.is(2, Wire::kBytes)) return {};
    spec.shape.unknown_rank = false;
    const OnnxMessage shape = type.inside(field);
    return shape.each("shape", [&](const ProtobufField& dim) -> Status {
      if (!dim.is(1, Wire::kBytes)) return {};
      if (spec.shape.dims.size() >= kMaxRank) {
        return shape.refuse("shape", fmt::format("has more than {} dimensions", kMaxRank));
      }
      spec.shape.dims.push_back(TRY(read_dim(shape.inside(dim))));
      return {};
    });
  });
}

}  // namespace

Result<OnnxInitializer> read_initializer(const OnnxMessage& tensor) {
  OnnxInitializer initializer;
  TRY(tensor.each("tensor", [&](const ProtobufField& field) -> Status {
    if (field.number == 1) return read_dims(tensor, field, initializer.dims);
    if (field.is(2, Wire::kVarint)) initializer.dtype = to_dtype(field.value);
    if (field.is(8, Wire::kBytes)) initializer.name = field.text();
    if (field.is(14, Wire::kVarint)) initializer.external = field.value == 1;
    return {};
  }));
  TRY(count_elements(tensor, initializer));
  return initializer;
}

Result<TensorSpec> read_value_info(const OnnxMessage& value) {
  TensorSpec spec;
  TRY(value.each("description of an input or output", [&](const ProtobufField& field) -> Status {
    if (field.is(1, Wire::kBytes)) spec.name = field.text();
    if (!field.is(2, Wire::kBytes)) return {};
    const OnnxMessage type = value.inside(field);
    return type.each("type", [&](const ProtobufField& kind) -> Status {
      return kind.is(1, Wire::kBytes) ? read_tensor_type(type.inside(kind), spec) : Status();
    });
  }));
  return spec;
}

}  // namespace tandem::onnx
