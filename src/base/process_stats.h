// SPDX-License-Identifier: Apache-2.0
// Memory and CPU time of this process, as the kernel counts them.
#pragma once

#include <chrono>
#include <cstdint>

namespace tandem {

struct ProcessStats {
  std::uint64_t resident_bytes = 0;       // VmRSS of /proc/self/status
  std::uint64_t peak_resident_bytes = 0;  // VmHWM
  std::chrono::microseconds user_time{0};
  std::chrono::microseconds system_time{0};
  int threads = 0;
  int open_files = 0;
};

/// Reads /proc/self and getrusage. Fields the kernel does not tell stay 0.
ProcessStats process_stats();

}  // namespace tandem
