// SPDX-License-Identifier: Apache-2.0
// A tensor is {1 dtype, 2 each dimension, 3 all bytes, 4 each string}; a model {1 each input, 2 each output}.
#include "bench/process/tensor_messages.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "bench/process/message_fields.h"

namespace tandem::bench {
namespace {

using Wire = ProtobufField::Wire;

Result<DType> read_dtype(const ProtobufField& field) {
  return static_cast<DType>(TRY(read_integer(field, kDTypeCount - 1)));
}

struct TensorParts {
  DType dtype = DType::kUndefined;
  std::vector<std::int64_t> dims;
  std::span<const std::byte> bytes;
  std::vector<std::string> texts;
};

Status read_tensor_field(const ProtobufField& field, TensorParts& parts) {
  if (field.number == 1) {
    parts.dtype = TRY(read_dtype(field));
  } else if (field.number == 2) {
    if (parts.dims.size() == kMaxMessageRank) return broken_message("a tensor has too many dimensions");
    parts.dims.push_back(static_cast<std::int64_t>(TRY(read_integer(field, INT64_MAX))));
  } else if (field.is(3, Wire::kBytes)) {
    parts.bytes = field.bytes;
  } else if (field.is(4, Wire::kBytes)) {
    parts.texts.emplace_back(field.text());
  } else {
    return unknown_field("a tensor", field);
  }
  return {};
}

// ---- specs: 1 name, 2 dtype, 3 optional, 4 unknown rank, 5 each dimension {1 size + 1, 2 name}

ProtobufWriter write_spec(const TensorSpec& spec) {
  ProtobufWriter writer;
  writer.text(1, spec.name);
  writer.integer(2, static_cast<std::int64_t>(spec.dtype));
  writer.integer(3, spec.optional ? 1 : 0);
  writer.integer(4, spec.shape.unknown_rank ? 1 : 0);
  for (const Dim& dim : spec.shape.dims) {
    ProtobufWriter inner;
    inner.integer(1, dim.size + 1);
    inner.text(2, dim.name);
    writer.message(5, std::move(inner));
  }
  return writer;
}

Result<Dim> read_dim_message(const ProtobufField& field) {
  if (field.wire != Wire::kBytes) return broken_message("a dimension is no message");
  Dim dim;
  TRY(read_fields(field.bytes, "a dimension", [&](const ProtobufField& inner) -> Status {
    if (inner.number == 1) {
      dim.size = static_cast<std::int64_t>(TRY(read_integer(inner, INT64_MAX))) - 1;
    } else if (inner.number == 2) {
      dim.name = TRY(read_text(inner));
    } else {
      return unknown_field("a dimension", inner);
    }
    return {};
  }));
  return dim;
}

Result<TensorSpec> read_spec_message(const ProtobufField& field) {
  if (field.wire != Wire::kBytes) return broken_message("an input or output is no message");
  TensorSpec spec;
  TRY(read_fields(field.bytes, "an input or output", [&](const ProtobufField& inner) -> Status {
    switch (inner.number) {
      case 1: spec.name = TRY(read_text(inner)); break;
      case 2: spec.dtype = TRY(read_dtype(inner)); break;
      case 3: spec.optional = TRY(read_integer(inner, 1)) == 1; break;
      case 4: spec.shape.unknown_rank = TRY(read_integer(inner, 1)) == 1; break;
      case 5:
        if (spec.shape.dims.size() == kMaxMessageRank) return broken_message("a shape has too many dimensions");
        spec.shape.dims.push_back(TRY(read_dim_message(inner)));
        break;
      default: return unknown_field("an input or output", inner);
    }
    return {};
  }));
  return spec;
}

}  // namespace

ProtobufWriter write_tensor(const Tensor& tensor) {
  ProtobufWriter writer;
  writer.integer(1, static_cast<std::int64_t>(tensor.dtype()));
  for (const std::int64_t dim : tensor.shape().dims()) writer.integer(2, dim);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.strings()) writer.text(4, text);
  } else if (!tensor.empty()) {
    writer.borrowed(3, as_text(tensor.bytes()));
  }
  return writer;
}

Result<Tensor> read_tensor(const ProtobufField& field) {
  if (field.wire != Wire::kBytes) return broken_message("a tensor is no message");
  TensorParts parts;
  TRY(read_fields(field.bytes, "a tensor",
                  [&](const ProtobufField& inner) { return read_tensor_field(inner, parts); }));
  if (parts.dtype == DType::kUndefined) {
    if (!parts.dims.empty() || !parts.bytes.empty() || !parts.texts.empty()) {
      return broken_message("a tensor without a type has contents");
    }
    return Tensor();
  }
  const Shape shape(std::move(parts.dims));
  const auto count = shape.element_count();
  if (!count) return broken_message("a tensor is larger than anything");
  if (parts.dtype == DType::kString) {
    if (parts.texts.size() != static_cast<std::size_t>(*count) || !parts.bytes.empty()) {
      return broken_message("a tensor has not as many texts as its shape says");
    }
    return Tensor::from_strings(shape, std::move(parts.texts));
  }
  const auto wanted = byte_size(parts.dtype, static_cast<std::size_t>(*count));
  if (!wanted || *wanted != parts.bytes.size() || !parts.texts.empty()) {
    return broken_message("a tensor has not as many bytes as its type and shape say");
  }
  Tensor tensor = TRY(Tensor::allocate(parts.dtype, shape));
  if (*wanted > 0) std::memcpy(tensor.mutable_data(), parts.bytes.data(), *wanted);
  return tensor;
}

ProtobufWriter write_info(const ModelInfo& info) {
  ProtobufWriter writer;
  for (const TensorSpec& spec : info.inputs) writer.message(1, write_spec(spec));
  for (const TensorSpec& spec : info.outputs) writer.message(2, write_spec(spec));
  return writer;
}

Result<ModelInfo> read_info(std::span<const std::byte> body) {
  ModelInfo info;
  TRY(read_fields(body, "a model's description", [&](const ProtobufField& field) -> Status {
    if (field.number != 1 && field.number != 2) return unknown_field("a model's description", field);
    std::vector<TensorSpec>& specs = field.number == 1 ? info.inputs : info.outputs;
    if (specs.size() == kMaxMessageTensors) return broken_message("a model has too many inputs or outputs");
    specs.push_back(TRY(read_spec_message(field)));
    return {};
  }));
  return info;
}

}  // namespace tandem::bench
