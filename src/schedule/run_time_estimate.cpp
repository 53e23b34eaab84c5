// SPDX-License-Identifier: Apache-2.0
// The weighted means behind RunTimeEstimate.
#include "schedule/run_time_estimate.h"

#include <algorithm>
#include <bit>

namespace tandem {
namespace {

constexpr double kWeightOfNewest = 1.0 / 8;
/// A run that took much longer than expected was most likely interrupted: the scheduler gave its core to somebody else.
constexpr double kLargestStep = 2;

std::chrono::nanoseconds to_duration(double ns) {
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(ns));
}

}  // namespace

std::size_t RunTimeEstimate::class_of(std::int64_t rows) {
  const auto width = std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(rows, 1)));
  return std::min<std::size_t>(static_cast<std::size_t>(width) - 1, kClasses - 1);
}

void RunTimeEstimate::learn(std::int64_t rows, std::chrono::nanoseconds took) {
  SizeClass& seen = classes_[class_of(rows)];
  const auto ns = static_cast<double>(took.count());
  const auto new_rows = static_cast<double>(std::max<std::int64_t>(rows, 1));
  if (seen.rows == 0) {
    seen = {ns, new_rows};
    return;
  }
  seen.ns += (std::min(ns, seen.ns * kLargestStep) - seen.ns) * kWeightOfNewest;
  seen.rows += (new_rows - seen.rows) * kWeightOfNewest;
}

std::optional<std::chrono::nanoseconds> RunTimeEstimate::of(std::int64_t rows) const {
  const std::size_t own = class_of(rows);
  if (classes_[own].rows > 0) return to_duration(classes_[own].ns);
  for (std::size_t smaller = own; smaller-- > 0;) {
    const SizeClass& seen = classes_[smaller];
    if (seen.rows > 0) return to_duration(seen.ns * static_cast<double>(rows) / seen.rows);
  }
  for (std::size_t larger = own + 1; larger < kClasses; ++larger) {
    if (classes_[larger].rows > 0) return to_duration(classes_[larger].ns);
  }
  return std::nullopt;
}

}  // namespace tandem
