// SPDX-License-Identifier: Apache-2.0
// Ownership and checks of tensors.
#include "core/tensor.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "base/check.h"
#include "core/buffer.h"

namespace tandem {

Result<Tensor> Tensor::describe(DType dtype, Shape shape) {
  const auto count = shape.element_count();
  if (!count) {
    return invalid_argument(
        fmt::format("shape {} is not possible: dimensions must be at least 0 and their product fit "
                    "into 63 bits",
                    to_string(shape)));
  }
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.shape_ = std::move(shape);
  tensor.element_count_ = static_cast<std::size_t>(*count);
  if (dtype == DType::kString) return tensor;
  const auto bytes = tandem::byte_size(dtype, tensor.element_count_);
  if (!bytes) {
    return invalid_argument(
        fmt::format("a tensor of {} {} has no possible size", dtype_name(dtype), to_string(tensor.shape_)));
  }
  tensor.byte_size_ = *bytes;
  return tensor;
}

Result<Tensor> Tensor::allocate(DType dtype, Shape shape) {
  Tensor tensor = TRY(describe(dtype, std::move(shape)));
  tensor.writable_ = true;
  if (dtype == DType::kString) {
    auto strings = std::make_shared<std::vector<std::string>>(tensor.element_count_);
    tensor.data_ = strings->data();
    tensor.owner_ = std::move(strings);
    return tensor;
  }
  AlignedBuffer buffer = allocate_aligned(tensor.byte_size_);
  if (!buffer) {
    return fail(Code::kResourceExhausted, fmt::format("no memory for {} bytes of a tensor", tensor.byte_size_));
  }
  tensor.data_ = buffer.get();
  tensor.owner_ = std::shared_ptr<const void>(
      buffer.release(), [](const void* data) { FreeAligned{}(static_cast<std::byte*>(const_cast<void*>(data))); });
  return tensor;
}

Result<Tensor> Tensor::from_strings(Shape shape, std::vector<std::string> values) {
  Tensor tensor = TRY(describe(DType::kString, std::move(shape)));
  if (values.size() != tensor.element_count_) {
    return invalid_argument(fmt::format("string tensor of shape {} needs {} values, got {}", to_string(tensor.shape_),
                                        tensor.element_count_, values.size()));
  }
  auto strings = std::make_shared<std::vector<std::string>>(std::move(values));
  tensor.writable_ = true;
  tensor.data_ = strings->data();
  tensor.owner_ = std::move(strings);
  return tensor;
}

Result<Tensor> Tensor::borrow(DType dtype, Shape shape, std::span<std::byte> bytes, std::shared_ptr<const void> owner) {
  Tensor tensor = TRY(borrow(dtype, std::move(shape), std::span<const std::byte>(bytes), std::move(owner)));
  tensor.writable_ = true;
  return tensor;
}

Result<Tensor> Tensor::borrow(DType dtype, Shape shape, std::span<const std::byte> bytes,
                              std::shared_ptr<const void> owner) {
  if (dtype == DType::kString) return invalid_argument("string tensors cannot be borrowed as bytes");
  Tensor tensor = TRY(describe(dtype, std::move(shape)));
  if (bytes.size() != tensor.byte_size_) {
    return invalid_argument(fmt::format("{} {} needs {} bytes, got {}", dtype_name(dtype), to_string(tensor.shape_),
                                        tensor.byte_size_, bytes.size()));
  }
  tensor.data_ = const_cast<std::byte*>(bytes.data());
  tensor.owner_ = std::move(owner);
  return tensor;
}

Tensor Tensor::view() const {
  Tensor tensor;
  tensor.dtype_ = dtype_;
  tensor.shape_ = shape_;
  tensor.element_count_ = element_count_;
  tensor.byte_size_ = byte_size_;
  tensor.data_ = data_;
  tensor.owner_ = owner_;
  return tensor;
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t count) const {
  CHECK(shape_.rank() >= 1 && begin >= 0 && count >= 0 && begin <= shape_[0] - count);
  CHECK(bit_width(dtype_) >= 8 || dtype_ == DType::kString);
  Tensor part = view();
  const auto all = static_cast<std::size_t>(shape_[0]);
  const std::size_t row_elements = all == 0 ? 0 : element_count_ / all;
  const std::size_t element_bytes =
      dtype_ == DType::kString ? sizeof(std::string) : static_cast<std::size_t>(bit_width(dtype_)) / 8;
  part.shape_[0] = count;
  part.element_count_ = row_elements * static_cast<std::size_t>(count);
  part.byte_size_ = dtype_ == DType::kString ? 0 : part.element_count_ * element_bytes;
  part.data_ = static_cast<std::byte*>(data_) + row_elements * static_cast<std::size_t>(begin) * element_bytes;
  return part;
}

Result<Tensor> Tensor::reshaped(Shape shape) && {
  const auto count = shape.element_count();
  if (!count || static_cast<std::size_t>(*count) != element_count_) {
    return invalid_argument(fmt::format("cannot view {} as {}: the element counts differ", tandem::to_string(shape_),
                                        tandem::to_string(shape)));
  }
  shape_ = std::move(shape);
  return std::move(*this);
}

Result<Tensor> Tensor::clone() const {
  if (empty()) return Tensor();
  Tensor copy = TRY(allocate(dtype_, shape_));
  if (dtype_ == DType::kString) {
    std::copy(strings().begin(), strings().end(), copy.mutable_strings().begin());
  } else if (byte_size_ > 0) {
    std::memcpy(copy.data_, data_, byte_size_);
  }
  return copy;
}

void* Tensor::mutable_data() {
  CHECK(writable_ || element_count_ == 0);
  return data_;
}

void Tensor::check_dtype(DType expected) const { CHECK(dtype_ == expected); }

std::span<const std::string> Tensor::strings() const {
  check_dtype(DType::kString);
  return {static_cast<const std::string*>(data_), element_count_};
}

std::span<std::string> Tensor::mutable_strings() {
  check_dtype(DType::kString);
  return {static_cast<std::string*>(mutable_data()), element_count_};
}

std::string to_string(const Tensor& tensor) {
  return fmt::format("{}{}", dtype_name(tensor.dtype()), to_string(tensor.shape()));
}

}  // namespace tandem
