// SPDX-License-Identifier: Apache-2.0
// One field a family of types; packed or one by one, as protobuf allows both.
#include "serve/grpc/infer_contents.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/protobuf_wire.h"
#include "serve/v2/datatype.h"

namespace tandem::serve {
namespace {

using Wire = ProtobufField::Wire;

// The field of InferTensorContents that holds values of a type; 0: there is none.
std::uint32_t field_of(DType dtype) {
  switch (dtype) {
    case DType::kBool: return 1;
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32: return 2;
    case DType::kInt64: return 3;
    case DType::kUint8:
    case DType::kUint16:
    case DType::kUint32: return 4;
    case DType::kUint64: return 5;
    case DType::kFloat32: return 6;
    case DType::kFloat64: return 7;
    case DType::kString: return 8;
    default: return 0;
  }
}

tl::unexpected<Error> not_contents() {
  return invalid_argument("contents is not a message of type InferTensorContents");
}

tl::unexpected<Error> wrong_count(std::size_t expected, std::size_t got) {
  return invalid_argument("expected " + std::to_string(expected) + " values in contents as the shape says, got " +
                          std::to_string(got));
}

// The values of the one field that is expected, as bits: an integer's, or those of a floating point number.
class Values final {
 public:
  Values(std::span<const std::byte> message, DType dtype) : message_(message), dtype_(dtype) {}

  /// Calls use(bits) for each value.
  template <typename Use>
  Status each(const Use& use) const {
    ProtobufReader reader(message_);
    while (const auto field = reader.next()) {
      if (field->number != field_of(dtype_)) {
        return invalid_argument("expected the values of " + std::string(v2_datatype(dtype_)) + " in field " +
                                std::to_string(field_of(dtype_)) + " of contents, got field " +
                                std::to_string(field->number));
      }
      if (field->wire == Wire::kBytes) {
        TRY(each_packed(field->bytes, use));
      } else if (field->wire == wire()) {
        TRY(use(field->value));
      } else {
        return not_contents();
      }
    }
    if (reader.damaged()) return not_contents();
    return {};
  }

 private:
  Wire wire() const {
    if (dtype_ == DType::kFloat32) return Wire::kFixed32;
    return dtype_ == DType::kFloat64 ? Wire::kFixed64 : Wire::kVarint;
  }

  template <typename Use>
  Status each_packed(std::span<const std::byte> packed, const Use& use) const {
    if (wire() == Wire::kVarint) {
      ProtobufReader reader(packed);
      while (const auto value = reader.next_varint()) TRY(use(*value));
      if (reader.damaged()) return not_contents();
      return {};
    }
    const std::size_t size = wire() == Wire::kFixed32 ? 4 : 8;
    if (packed.size() % size != 0) return not_contents();
    for (std::size_t at = 0; at < packed.size(); at += size) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, packed.data() + at, size);
      TRY(use(bits));
    }
    return {};
  }

  std::span<const std::byte> message_;
  DType dtype_;
};

// False when the value does not fit.
template <typename T>
bool convert(std::uint64_t bits, T& value) {
  if constexpr (std::is_same_v<T, float>) {
    value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return true;
  } else if constexpr (std::is_same_v<T, double>) {
    value = std::bit_cast<double>(bits);
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    value = bits != 0;
    return true;
  } else {
    value = static_cast<T>(bits);
    // A negative number is sent as the 64 bits of its two's complement, whatever the type.
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) == bits;
  }
}

template <typename T>
Result<Tensor> read_numbers(const Values& values, std::size_t count, const Shape& shape) {
  std::size_t got = 0;
  TRY(values.each([&got](std::uint64_t) -> Status {
    ++got;
    return {};
  }));
  if (got != count) return wrong_count(count, got);
  Tensor tensor = TRY(Tensor::allocate(dtype_of<T>, shape));
  T* next = tensor.mutable_values<T>().data();
  TRY(values.each([&next](std::uint64_t bits) -> Status {
    if (!convert(bits, *next++)) {
      return invalid_argument("a value in contents does not fit into " + std::string(v2_datatype(dtype_of<T>)));
    }
    return {};
  }));
  return tensor;
}

Result<Tensor> read_strings(std::span<const std::byte> message, std::size_t count, const Shape& shape) {
  std::vector<std::string> strings;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (!field->is(field_of(DType::kString), Wire::kBytes)) {
      return invalid_argument("expected the values of BYTES in field 8 of contents, got field " +
                              std::to_string(field->number));
    }
    if (strings.size() == count) return wrong_count(count, count + 1);
    strings.emplace_back(field->text());
  }
  if (reader.damaged()) return not_contents();
  if (strings.size() != count) return wrong_count(count, strings.size());
  return Tensor::from_strings(shape, std::move(strings));
}

}  // namespace

Result<Tensor> read_contents(std::span<const std::byte> message, DType dtype, const Shape& shape) {
  const auto elements = shape.element_count();
  if (!elements) return invalid_argument("shape " + to_string(shape) + " is not possible");
  const auto count = static_cast<std::size_t>(*elements);
  const Values values(message, dtype);
  switch (dtype) {
    case DType::kBool: return read_numbers<bool>(values, count, shape);
    case DType::kInt8: return read_numbers<std::int8_t>(values, count, shape);
    case DType::kInt16: return read_numbers<std::int16_t>(values, count, shape);
    case DType::kInt32: return read_numbers<std::int32_t>(values, count, shape);
    case DType::kInt64: return read_numbers<std::int64_t>(values, count, shape);
    case DType::kUint8: return read_numbers<std::uint8_t>(values, count, shape);
    case DType::kUint16: return read_numbers<std::uint16_t>(values, count, shape);
    case DType::kUint32: return read_numbers<std::uint32_t>(values, count, shape);
    case DType::kUint64: return read_numbers<std::uint64_t>(values, count, shape);
    case DType::kFloat32: return read_numbers<float>(values, count, shape);
    case DType::kFloat64: return read_numbers<double>(values, count, shape);
    case DType::kString: return read_strings(message, count, shape);
    default:
      return invalid_argument(std::string(v2_datatype(dtype)) + " has no field in contents; send it in " +
                              "raw_input_contents");
  }
}

}  // namespace tandem::serve
