// SPDX-License-Identifier: Apache-2.0
// Tensors as torch describes them: sizes and strides over a storage; every bound is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem {

/// What torch.as_strided takes; sizes, strides and offset count elements.
struct StridedView {
  DType dtype = DType::kUndefined;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
  std::span<const std::byte> storage;
  bool big_endian = false;
};

/// How many bytes the copies made of one file may take together: a stride of 0 repeats elements, so that a small file
/// can spell any size. Not thread-safe.
class CopyBudget final {
 public:
  /// Room for eight copies of a file of that size, and something for small ones.
  static CopyBudget for_file(std::uint64_t file_bytes);

  /// Errors: resource_exhausted.
  Status take(std::uint64_t bytes);

 private:
  explicit CopyBudget(std::uint64_t bytes) : left_(bytes) {}
  std::uint64_t left_;
};

/// The elements in row-major order: borrowed from the storage, which `owner` keeps, where they lie so; else a copy.
/// Errors: invalid_argument (negative numbers, outside of the storage), unimplemented (4-bit types, strings),
/// resource_exhausted (budget, memory).
Result<Tensor> strided_tensor(const StridedView& view, const std::shared_ptr<const void>& owner, CopyBudget& budget);

}  // namespace tandem
