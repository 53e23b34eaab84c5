// SPDX-License-Identifier: Apache-2.0
// Parses /proc/self/status.
#include "base/process_stats.h"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tandem {
namespace {

std::chrono::microseconds to_duration(const timeval& value) {
  return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
}

}  // namespace

ProcessStats process_stats() {
  ProcessStats stats;
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string key;
    std::uint64_t value = 0;
    fields >> key >> value;
    if (key == "VmRSS:") stats.resident_bytes = value * 1024;
    if (key == "VmHWM:") stats.peak_resident_bytes = value * 1024;
    if (key == "Threads:") stats.threads = static_cast<int>(value);
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.user_time = to_duration(usage.ru_utime);
    stats.system_time = to_duration(usage.ru_stime);
  }
  std::error_code failed;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", failed);
       !failed && it != std::filesystem::directory_iterator(); it.increment(failed)) {
    ++stats.open_files;
  }
  return stats;
}

}  // namespace tandem
