// SPDX-License-Identifier: Apache-2.0
// Weights: a checkpoint's tensors as float32 by name, and which of them a network has taken.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem::convert {

/// Not thread-safe.
class Weights final {
 public:
  /// Later entries of the same name win, as in a Python dict.
  explicit Weights(std::vector<NamedTensor> tensors);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The shape; null when there is no such tensor.
  const Shape* shape(std::string_view name) const;
  /// Size of one dimension. Errors: invalid_argument (missing, or of another rank).
  Result<std::int64_t> dim(std::string_view name, std::size_t rank, std::size_t axis) const;

  /// The tensor in float32 (float64, float16 and bfloat16 are converted); borrowed where it is float32 already.
  /// Errors: invalid_argument when it is missing, has another shape, or is no floating-point tensor.
  Result<Tensor> take(const std::string& name, const Shape& expected);

  /// The names that were never taken, sorted.
  std::vector<std::string> unused() const;
  /// All names, sorted.
  std::vector<std::string_view> names() const;
  std::size_t parameter_count() const;

 private:
  struct Entry {
    Tensor tensor;
    bool taken = false;
  };
  const Entry* find(std::string_view name) const;

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace tandem::convert
