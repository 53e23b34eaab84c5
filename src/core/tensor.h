// SPDX-License-Identifier: Apache-2.0
// Tensor: typed, shaped memory, owned or borrowed; what flows between files, pipelines, engines and the network.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "core/dtype.h"
#include "core/shape.h"

namespace tandem {

/// A dense row-major tensor. Moves, does not copy (see clone and view). Not synchronized: share const views only.
///
/// Strings (kString) are an array of std::string; all other types are plain bytes, little-endian, 4-bit types packed
/// two to a byte. A default-constructed tensor is empty: dtype undefined, no memory.
class Tensor final {
 public:
  Tensor() = default;
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;

  /// New memory, aligned to 64 bytes; strings are empty, other elements are not initialized.
  /// Errors: invalid_argument (undefined dtype, negative dimension, overflow), resource_exhausted.
  static Result<Tensor> allocate(DType dtype, Shape shape);

  /// A copy of `values`, whose count must be that of the shape.
  template <typename T>
  static Result<Tensor> from(Shape shape, std::span<const T> values);
  static Result<Tensor> from_strings(Shape shape, std::vector<std::string> values);

  /// Borrows writable memory; `owner` (may be null: the caller guarantees the lifetime) is kept as long as any view.
  /// Errors: invalid_argument when bytes.size() is not what dtype and shape need; strings cannot be borrowed as bytes.
  static Result<Tensor> borrow(DType dtype, Shape shape, std::span<std::byte> bytes,
                               std::shared_ptr<const void> owner = nullptr);
  /// Borrows read-only memory.
  static Result<Tensor> borrow(DType dtype, Shape shape, std::span<const std::byte> bytes,
                               std::shared_ptr<const void> owner = nullptr);

  /// Another tensor over the same memory, read-only, which it keeps alive if this one owns it.
  Tensor view() const;
  /// A read-only view of rows [begin, begin+count) along axis 0. Needs rank >= 1, byte-sized elements, a range inside.
  Tensor rows(std::int64_t begin, std::int64_t count) const;
  /// The same memory under another shape of equal element count. Errors: invalid_argument.
  Result<Tensor> reshaped(Shape shape) &&;
  /// An owned, writable copy.
  Result<Tensor> clone() const;

  bool empty() const { return dtype_ == DType::kUndefined; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t element_count() const { return element_count_; }
  /// 0 for strings.
  std::size_t byte_size() const { return byte_size_; }
  bool writable() const { return writable_; }

  const void* data() const { return data_; }
  /// CHECKs that the tensor is writable.
  void* mutable_data();
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), byte_size_}; }
  std::span<std::byte> mutable_bytes() { return {static_cast<std::byte*>(mutable_data()), byte_size_}; }

  /// The elements; CHECKs that T is the tensor's dtype.
  template <typename T>
  std::span<const T> values() const {
    check_dtype(dtype_of<T>);
    return {static_cast<const T*>(data_), element_count_};
  }
  template <typename T>
  std::span<T> mutable_values() {
    check_dtype(dtype_of<T>);
    return {static_cast<T*>(mutable_data()), element_count_};
  }
  std::span<const std::string> strings() const;
  std::span<std::string> mutable_strings();

 private:
  static Result<Tensor> describe(DType dtype, Shape shape);
  void check_dtype(DType expected) const;

  DType dtype_ = DType::kUndefined;
  bool writable_ = false;
  Shape shape_;
  std::size_t element_count_ = 0;
  std::size_t byte_size_ = 0;
  void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

template <typename T>
Result<Tensor> Tensor::from(Shape shape, std::span<const T> values) {
  Tensor tensor = TRY(allocate(dtype_of<T>, std::move(shape)));
  if (values.size() != tensor.element_count()) {
    return invalid_argument("tensor of shape " + to_string(tensor.shape()) + " needs " +
                            std::to_string(tensor.element_count()) + " values, got " + std::to_string(values.size()));
  }
  std::copy(values.begin(), values.end(), tensor.mutable_values<T>().begin());
  return tensor;
}

/// "float32[1,3,224,224]"
std::string to_string(const Tensor& tensor);

}  // namespace tandem
