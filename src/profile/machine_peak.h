// SPDX-License-Identifier: Apache-2.0
// What this machine's processor can do at most, measured here and now: the roof under which operators are placed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tandem::profile {

struct MachinePeak {
  double flops_per_second = 0;  // float32, multiply-adds in registers
  double bytes_per_second = 0;  // a[i] = b[i] + s * c[i] over memory that no cache holds
  int threads = 1;
  std::string instructions;  // "AVX-512", "AVX2 and FMA", "the compiler's baseline": what the first was measured with
  std::uint64_t memory_bytes = 0;  // that the second one went over
  std::chrono::nanoseconds took{0};
};

/// Best of several short trials with all `threads` at once; less than a second on an idle machine. Reads the
/// processor's features; keeps nothing. threads  at least 1
MachinePeak measure_machine_peak(int threads);

/// One line: "245 GFLOP/s float32 (AVX-512 multiply-adds), 19.3 GB/s (triad over 256 MiB), 2 threads, measured in 0.4
/// s"
std::string to_string(const MachinePeak& peak);

}  // namespace tandem::profile
