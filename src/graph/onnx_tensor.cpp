// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of TensorProto in onnx/onnx.proto.
#include "graph/onnx_tensor.h"

#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "graph/onnx_tensor_facts.h"

namespace tandem::onnx {
namespace {

enum Field : std::uint32_t {
  kDims = 1,
  kDataType = 2,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kExternalData = 13,
  kDataLocation = 14,
};

/// The typed field that holds elements of `dtype` when raw_data is absent.
std::optional<std::uint32_t> typed_field(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64: return kFloatData;
    case DType::kFloat64:
    case DType::kComplex128: return kDoubleData;
    case DType::kInt64: return kInt64Data;
    case DType::kUint32:
    case DType::kUint64: return kUint64Data;
    case DType::kString: return kStringData;
    case DType::kUndefined: return std::nullopt;
    default: return kInt32Data;
  }
}

/// Fills a tensor's memory from the elements of a typed field, one by one.
class ElementSink final {
 public:
  ElementSink(const OnnxMessage& message, Tensor& tensor)
      : message_(message), bytes_(tensor.mutable_bytes()), element_bytes_(element_bytes(tensor.dtype())) {}

  /// The low bytes of `value`, little-endian: how int32_data holds 8- and 16-bit elements, and pairs of 4-bit ones.
  Status add(std::uint64_t value) {
    if (filled_ + element_bytes_ > bytes_.size()) return message_.refuse("tensor", "has more elements than its shape");
    std::memcpy(bytes_.data() + filled_, &value, element_bytes_);
    filled_ += element_bytes_;
    return {};
  }
  Status add_all(std::span<const std::byte> packed) {
    if (packed.size() > bytes_.size() - filled_) return message_.refuse("tensor", "has more elements than its shape");
    std::memcpy(bytes_.data() + filled_, packed.data(), packed.size());
    filled_ += packed.size();
    return {};
  }
  Status finish() const {
    if (filled_ == bytes_.size()) return {};
    return message_.refuse("tensor",
                           fmt::format("has {} bytes of elements; its type and shape need {}", filled_, bytes_.size()));
  }

 private:
  /// Bytes written for one number of the typed field.
  static std::size_t element_bytes(DType dtype) {
    if (dtype == DType::kComplex64) return sizeof(float);
    if (dtype == DType::kComplex128) return sizeof(double);
    return bit_width(dtype) < 8 ? 1 : static_cast<std::size_t>(bit_width(dtype)) / 8;
  }

  const OnnxMessage& message_;
  std::span<std::byte> bytes_;
  std::size_t element_bytes_;
  std::size_t filled_ = 0;
};

Status read_typed(const OnnxMessage& message, const ProtobufField& field, ElementSink& sink) {
  if (field.wire != Wire::kBytes) return sink.add(field.value);
  if (field.number == kFloatData || field.number == kDoubleData) return sink.add_all(field.bytes);
  ProtobufReader packed(field.bytes);
  while (const auto value = packed.next_varint()) TRY(sink.add(*value));
  if (packed.damaged()) return message.refuse("tensor", "has damaged elements");
  return {};
}

Result<Tensor> read_strings(const OnnxMessage& message, Shape shape) {
  const auto count = static_cast<std::size_t>(shape.element_count().value_or(0));
  std::vector<std::string> strings;
  TRY(message.each("tensor", [&](const ProtobufField& field) -> Status {
    if (!field.is(kStringData, Wire::kBytes)) return {};
    if (strings.size() == count) return message.refuse("tensor", "has more strings than its shape");
    strings.emplace_back(field.text());
    return {};
  }));
  if (strings.size() != count) {
    return message.refuse("tensor", fmt::format("has {} strings; its shape needs {}", strings.size(), count));
  }
  return Tensor::from_strings(std::move(shape), std::move(strings));
}

std::optional<std::span<const std::byte>> raw_data(const OnnxMessage& message) {
  std::optional<std::span<const std::byte>> raw;
  ProtobufReader reader(message.bytes);
  while (const auto field = reader.next()) {
    if (field->is(kRawData, Wire::kBytes)) raw = field->bytes;
  }
  return raw;
}

bool is_aligned(const std::byte* data, DType dtype) {
  const auto width = static_cast<std::uintptr_t>(std::max(bit_width(dtype) / 8, 1));
  return reinterpret_cast<std::uintptr_t>(data) % std::min<std::uintptr_t>(width, alignof(double)) == 0;
}

Result<Tensor> read_elements(const OnnxMessage& message, const OnnxInitializer& facts,
                             const std::shared_ptr<const void>& owner) {
  Shape shape(facts.dims);
  if (facts.dtype == DType::kString) return read_strings(message, std::move(shape));
  const auto raw = raw_data(message);
  // Before any memory is asked for: a few bytes of file must not claim gigabytes.
  if (facts.bytes > message.bytes.size() * 8) {
    return message.refuse("tensor '" + facts.name + "'", "is larger than the bytes that should hold it");
  }
  if (raw && raw->size() == facts.bytes && owner != nullptr && is_aligned(raw->data(), facts.dtype)) {
    return Tensor::borrow(facts.dtype, std::move(shape), *raw, owner);
  }
  Tensor tensor = TRY(Tensor::allocate(facts.dtype, std::move(shape)));
  ElementSink sink(message, tensor);
  if (raw) {
    TRY(sink.add_all(*raw));
  } else {
    const auto wanted = typed_field(facts.dtype);
    TRY(message.each("tensor", [&](const ProtobufField& field) -> Status {
      return field.number == wanted ? read_typed(message, field, sink) : Status();
    }));
  }
  TRY(sink.finish());
  return tensor;
}

Result<Tensor> read_external(const OnnxMessage& message, const OnnxInitializer& facts, ExternalFiles& files) {
  const ExternalPlace place = TRY(read_external_place(message));
  if (facts.dtype == DType::kString) {
    return message.refuse("tensor '" + facts.name + "'", "has its texts in another file, which is not allowed");
  }
  const ExternalFiles::Piece piece = TRY(files.find(place));
  if (piece.bytes.size() < facts.bytes || (place.length && *place.length != facts.bytes)) {
    return message.refuse("tensor '" + facts.name + "'", fmt::format("has {} bytes in '{}'; its type and shape need {}",
                                                                     piece.bytes.size(), place.location, facts.bytes));
  }
  const auto bytes = piece.bytes.first(static_cast<std::size_t>(facts.bytes));
  if (is_aligned(bytes.data(), facts.dtype)) {
    return Tensor::borrow(facts.dtype, Shape(facts.dims), bytes, piece.owner);
  }
  Tensor tensor = TRY(Tensor::allocate(facts.dtype, Shape(facts.dims)));
  std::copy(bytes.begin(), bytes.end(), tensor.mutable_bytes().begin());
  return tensor;
}

ProtobufWriter tensor_head(std::string_view name, const Tensor& tensor) {
  ProtobufWriter message;
  if (tensor.shape().rank() > 0) message.packed(kDims, tensor.shape().dims());
  message.integer(kDataType, static_cast<std::int64_t>(tensor.dtype()));
  if (!name.empty()) message.text(kName, name);
  return message;
}

}  // namespace

Result<graph::Initializer> read_tensor(const OnnxMessage& tensor, const std::shared_ptr<const void>& owner,
                                       ExternalFiles* files) {
  const OnnxInitializer facts = TRY(read_initializer(tensor));
  if (facts.dtype == DType::kUndefined) return tensor.refuse("tensor '" + facts.name + "'", "has an unknown type");
  if (facts.external && files == nullptr) {
    return fail(Code::kUnimplemented,
                fmt::format("the elements of tensor '{}' lie in another file (external data), which is not read here: "
                            "save the model with its weights inside",
                            facts.name));
  }
  Tensor elements =
      facts.external ? TRY(read_external(tensor, facts, *files)) : TRY(read_elements(tensor, facts, owner));
  return graph::Initializer{facts.name, std::move(elements)};
}

ProtobufWriter tensor_message(std::string_view name, const Tensor& tensor) {
  ProtobufWriter message = tensor_head(name, tensor);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.strings()) message.text(kStringData, text);
  } else {
    message.borrowed(kRawData, as_text(tensor.bytes()));
  }
  return message;
}

ProtobufWriter external_tensor_message(std::string_view name, const Tensor& tensor, const ExternalPlace& place) {
  ProtobufWriter message = tensor_head(name, tensor);
  const auto add = [&message](std::string_view key, const std::string& value) {
    ProtobufWriter entry;
    entry.text(1, key);
    entry.text(2, value);
    message.message(kExternalData, std::move(entry));
  };
  add("location", place.location);
  add("offset", std::to_string(place.offset));
  add("length", std::to_string(tensor.byte_size()));
  message.integer(kDataLocation, 1);
  return message;
}

}  // namespace tandem::onnx
