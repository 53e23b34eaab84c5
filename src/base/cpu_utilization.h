// SPDX-License-Identifier: Apache-2.0
// CpuUtilization: which share of the machine's cores was busy, between two looks at the kernel's counters.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tandem {

/// Of all cores together, since the machine started, in the kernel's ticks.
struct CpuTimes {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
  std::uint64_t steal = 0;  // of busy: what the host gave to other machines
};

/// The first line of /proc/stat (proc(5)): waiting for a disk is not busy. Nothing when it is no such line.
std::optional<CpuTimes> parse_cpu_times(std::string_view stat);
/// Of this machine; nothing where the kernel does not tell.
std::optional<CpuTimes> read_cpu_times();

/// Thread-safe. Whoever asks more often than once in kShortest is given the last answer: several who ask by turns must
/// not cut each other's intervals to nothing.
class CpuUtilization final {
 public:
  static constexpr std::chrono::seconds kShortest{1};

  /// From 0 to 1, since the last answer (at first since the machine started); nothing when `times` is nothing.
  std::optional<double> update(const std::optional<CpuTimes>& times, SteadyTime now);

 private:
  std::mutex mutex_;
  // Guarded by mutex_:
  CpuTimes last_;
  std::optional<double> answer_;
  SteadyTime answered_{};
};

}  // namespace tandem
