// SPDX-License-Identifier: Apache-2.0
// RunTimeEstimate: how long a model's next run will take, learnt from the runs before it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tandem {

/// An exponentially weighted mean per power of two of the batch size. A value type; not synchronized.
class RunTimeEstimate final {
 public:
  /// Takes note of one run of `rows` rows (at least 1).
  void learn(std::int64_t rows, std::chrono::nanoseconds took);

  /// The expected time of a run of `rows` rows: that of its own size class, else of the nearest smaller class scaled up
  /// by rows (a bound from above for most models), else of the nearest larger class. Nothing before the first learn().
  std::optional<std::chrono::nanoseconds> of(std::int64_t rows) const;

 private:
  struct SizeClass {
    double ns = 0;
    double rows = 0;  // weighted mean of the batch sizes seen; 0: nothing seen
  };
  static constexpr std::size_t kClasses = 32;
  static std::size_t class_of(std::int64_t rows);

  std::array<SizeClass, kClasses> classes_;
};

}  // namespace tandem
