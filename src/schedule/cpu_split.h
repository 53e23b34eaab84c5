// SPDX-License-Identifier: Apache-2.0
// CpuSplit: how a model uses the cores: few runs of many threads, or many runs of few; chosen from measurements.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// instances * threads is at most the cores of the budget, unless both were given by the user.
struct CpuSplit {
  int instances = 1;
  int threads = 1;
  friend bool operator==(const CpuSplit&, const CpuSplit&) = default;
};

/// The splits of `cores` that are worth measuring, most threads first. What the user has given (not 0) holds.
std::vector<CpuSplit> split_candidates(int cores, const CpuSplit& given);

struct SplitMeasurement {
  CpuSplit split;
  double runs_per_second = 0;         // with all instances busy
  std::chrono::nanoseconds alone{0};  // one run while nothing else runs
};

/// The index of the best: of those whose rate under load is within a twentieth of the best rate, the one that is
/// fastest alone. Not empty.
std::size_t choose_split(std::span<const SplitMeasurement> measured);

/// Two splits of the same model, of which each run takes one.
struct SplitPair {
  std::size_t busy = 0;             // while more requests are there than `lone` has instances
  std::optional<std::size_t> lone;  // else: more threads for each; nothing where that is hardly faster
};

/// Indices. Of neighbours in the list, which is that of split_candidates(): runs of fewer threads waste less of the
/// cores when all are busy, since no thread waits for another that the system took off its core; runs of more are done
/// sooner. busy is choose_split() or, where the rate is within a tenth of the best, the next one of fewer threads.
SplitPair choose_splits(std::span<const SplitMeasurement> measured);

}  // namespace tandem
