// SPDX-License-Identifier: Apache-2.0
// Copies first, then looks at the copy: what a client may change meanwhile is not checked in place.
#include "serve/v2/shared_tensor.h"

#include <string>
#include <utility>

#include "serve/v2/tensor_binary.h"

namespace tandem::serve {
namespace {

/// The slice lies inside an object that the client has already filled, so its size is no mere claim.
Result<Tensor> copy_bytes(const SharedMemorySlice& slice) {
  Tensor bytes = TRY(Tensor::allocate(DType::kUint8, Shape{static_cast<std::int64_t>(slice.byte_size)}));
  TRY(slice.region->read(slice.offset, bytes.mutable_bytes()));
  return bytes;
}

}  // namespace

Result<Tensor> read_shared_tensor(DType dtype, Shape shape, const SharedMemorySlice& slice) {
  if (dtype != DType::kString) {
    const auto count = shape.element_count();
    const auto size = count ? byte_size(dtype, static_cast<std::size_t>(*count)) : std::nullopt;
    if (!size || *size != slice.byte_size) {
      return invalid_argument("shared_memory_byte_size: expected " +
                              (size ? std::to_string(*size) : "a possible size") + " bytes for shape " +
                              to_string(shape) + ", got " + std::to_string(slice.byte_size));
    }
  }
  const auto bytes = std::make_shared<const Tensor>(TRY(copy_bytes(slice)));
  return read_binary_tensor(dtype, std::move(shape), bytes->bytes(), bytes);
}

Status write_shared_tensor(Tensor tensor, const SharedMemorySlice& slice) {
  const Tensor bytes = TRY(to_binary_tensor(std::move(tensor)));
  if (bytes.byte_size() > slice.byte_size) {
    return invalid_argument("shared_memory_byte_size: expected at least " + std::to_string(bytes.byte_size()) +
                            " bytes for the output, got " + std::to_string(slice.byte_size));
  }
  return slice.region->write(slice.offset, bytes.bytes());
}

}  // namespace tandem::serve
