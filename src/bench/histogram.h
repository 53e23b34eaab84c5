// SPDX-License-Identifier: Apache-2.0
// A histogram of times, drawn with block characters for a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tandem::bench {

struct HistogramBin {
  double from_ms = 0;
  double to_ms = 0;  // the last bin includes it
  std::size_t count = 0;
};

/// Bins of equal width; of equal ratio when the largest sample is more than 20 times the smallest.
/// samples_ms  at least one; bins  at least one
std::vector<HistogramBin> make_histogram(std::span<const double> samples_ms, std::size_t bins);

/// One line a bin: its lower edge, a bar, its count; at most 80 columns.
std::string draw_histogram(std::span<const HistogramBin> histogram);

/// A bar of `fraction` (0..1) of `columns` columns, in eighths of a character.
std::string draw_bar(double fraction, std::size_t columns);

}  // namespace tandem::bench
