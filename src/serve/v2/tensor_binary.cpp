// SPDX-License-Identifier: Apache-2.0
// Checks sizes before anything is touched.
#include "serve/v2/tensor_binary.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/bytes.h"

namespace tandem::serve {
namespace {

Result<Tensor> read_strings(Shape shape, std::span<const std::byte> bytes) {
  const auto count = shape.element_count();
  if (!count) return invalid_argument("shape " + to_string(shape) + " is not possible");
  const auto wanted = static_cast<std::size_t>(*count);
  if (wanted > bytes.size() / sizeof(std::uint32_t)) {
    return invalid_argument("expected " + std::to_string(wanted) +
                            " strings of BYTES, each with 4 bytes of length, got " + std::to_string(bytes.size()) +
                            " bytes in all");
  }
  Tensor tensor = TRY(Tensor::allocate(DType::kString, std::move(shape)));
  for (std::string& value : tensor.mutable_strings()) {
    std::uint32_t length = 0;
    if (bytes.size() < sizeof(length)) return invalid_argument("the last strings of BYTES are missing");
    std::memcpy(&length, bytes.data(), sizeof(length));
    bytes = bytes.subspan(sizeof(length));
    if (bytes.size() < length) {
      return invalid_argument("a string of BYTES claims " + std::to_string(length) + " bytes, only " +
                              std::to_string(bytes.size()) + " follow");
    }
    value = as_text(bytes.first(length));
    bytes = bytes.subspan(length);
  }
  if (!bytes.empty()) {
    return invalid_argument(std::to_string(bytes.size()) + " bytes are left over behind " + std::to_string(wanted) +
                            " strings of BYTES");
  }
  return tensor;
}

Result<Tensor> write_strings(const Tensor& tensor) {
  std::size_t size = 0;
  for (const std::string& value : tensor.strings()) {
    if (value.size() > std::numeric_limits<std::uint32_t>::max())
      return internal_error("a string of the output is over 4 GiB");
    size += sizeof(std::uint32_t) + value.size();
  }
  Tensor bytes = TRY(Tensor::allocate(DType::kUint8, Shape{static_cast<std::int64_t>(size)}));
  std::byte* at = bytes.mutable_bytes().data();
  for (const std::string& value : tensor.strings()) {
    const auto length = static_cast<std::uint32_t>(value.size());
    std::memcpy(at, &length, sizeof(length));
    std::memcpy(at + sizeof(length), value.data(), value.size());
    at += sizeof(length) + value.size();
  }
  return bytes;
}

}  // namespace

Result<Tensor> read_binary_tensor(DType dtype, Shape shape, std::span<const std::byte> bytes,
                                  std::shared_ptr<const void> owner) {
  if (dtype == DType::kString) return read_strings(std::move(shape), bytes);
  Tensor tensor = TRY(Tensor::borrow(dtype, std::move(shape), bytes, std::move(owner)));
  if (dtype == DType::kBool && std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b > std::byte{1}; })) {
    return invalid_argument("a byte of a BOOL tensor is neither 0 nor 1");
  }
  const auto element_bytes = static_cast<std::size_t>(std::max(8, bit_width(dtype))) / 8;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % element_bytes != 0) return tensor.clone();
  return tensor;
}

Result<Tensor> to_binary_tensor(Tensor tensor) {
  if (tensor.dtype() == DType::kString) return write_strings(tensor);
  return tensor;
}

}  // namespace tandem::serve
