// SPDX-License-Identifier: Apache-2.0
// TensorProto's fields (onnx/onnx.proto): 1 dims, 2 data_type, 4 float_data, 5 int32_data, 6 string_data, 7 int64_data,
// 9 raw_data, 10 double_data, 11 uint64_data, 14 data_location.
#include "support/tensor_proto.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/protobuf_wire.h"

namespace tandem {
namespace {

using Wire = ProtobufField::Wire;

struct Parts {
  std::vector<std::int64_t> dims;
  std::uint64_t dtype = 0;
  std::vector<std::string> strings;
  std::string fixed;                   // float_data or double_data, as bytes
  std::vector<std::uint64_t> varints;  // int32_data, int64_data or uint64_data
  std::string raw;
  bool has_raw = false;
};

Status add_varints(const ProtobufField& field, std::vector<std::uint64_t>& values) {
  if (field.wire == Wire::kVarint) {
    values.push_back(field.value);
    return {};
  }
  if (field.wire != Wire::kBytes) return invalid_argument("not a TensorProto: a field of integers has another type");
  ProtobufReader packed(field.bytes);
  while (const auto value = packed.next_varint()) values.push_back(*value);
  if (packed.damaged()) return invalid_argument("not a TensorProto: a packed array is damaged");
  return {};
}

void add_fixed(const ProtobufField& field, std::string& bytes) {
  if (field.wire == Wire::kBytes) bytes += field.text();
  const std::size_t width = field.wire == Wire::kFixed64 ? 8 : field.wire == Wire::kFixed32 ? 4 : 0;
  bytes.append(reinterpret_cast<const char*>(&field.value), width);
}

Status add_field(const ProtobufField& field, Parts& parts) {
  switch (field.number) {
    case 1: {
      std::vector<std::uint64_t> dims;
      TRY(add_varints(field, dims));
      parts.dims.insert(parts.dims.end(), dims.begin(), dims.end());
      break;
    }
    case 2: parts.dtype = field.value; break;
    case 4:
    case 10: add_fixed(field, parts.fixed); break;
    case 5:
    case 7:
    case 11: return add_varints(field, parts.varints);
    case 6: parts.strings.emplace_back(field.text()); break;
    case 9:
      parts.raw = field.text();
      parts.has_raw = true;
      break;
    case 14:
      if (field.value != 0) return fail(Code::kUnimplemented, "the tensor's data lies in another file");
      break;
    default: break;  // name, doc_string, metadata
  }
  return {};
}

/// Whole bytes of an element from one varint each; 4-bit types hold a packed byte in each.
Status fill_from_varints(const std::vector<std::uint64_t>& values, Tensor& tensor) {
  const std::size_t width = bit_width(tensor.dtype()) < 8 ? 1 : static_cast<std::size_t>(bit_width(tensor.dtype())) / 8;
  if (width > 8 || values.size() * width != tensor.byte_size()) {
    return invalid_argument("TensorProto of " + to_string(tensor) + " has " + std::to_string(values.size()) +
                            " integers");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(tensor.mutable_bytes().data() + i * width, &values[i], width);  // little-endian
  }
  return {};
}

}  // namespace

Result<Tensor> read_tensor_proto(std::span<const std::byte> bytes) {
  Parts parts;
  ProtobufReader reader(bytes);
  while (const auto field = reader.next()) TRY(add_field(*field, parts));
  if (reader.damaged()) return invalid_argument("not a TensorProto: the bytes are damaged");
  if (parts.dtype >= kDTypeCount) {
    return fail(Code::kUnimplemented, "element type " + std::to_string(parts.dtype) + " of ONNX is not known");
  }
  const auto dtype = static_cast<DType>(parts.dtype);
  if (dtype == DType::kString) return Tensor::from_strings(Shape(parts.dims), std::move(parts.strings));
  Tensor tensor = TRY(Tensor::allocate(dtype, Shape(parts.dims)));
  if (!parts.varints.empty()) {
    TRY(fill_from_varints(parts.varints, tensor));
    return tensor;
  }
  const std::string& content = parts.has_raw ? parts.raw : parts.fixed;
  if (content.size() != tensor.byte_size()) {
    return invalid_argument("TensorProto of " + to_string(tensor) + " has " + std::to_string(content.size()) +
                            " bytes");
  }
  if (!content.empty()) std::memcpy(tensor.mutable_bytes().data(), content.data(), content.size());
  return tensor;
}

}  // namespace tandem
