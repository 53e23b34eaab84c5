// SPDX-License-Identifier: Apache-2.0
// Parses /proc/PID/smaps_rollup and status.
#include "base/process_memory.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "base/process_tree.h"

namespace tandem {
namespace {

/// "Pss:   123 kB" in bytes; 0 when there is no such line.
std::uint64_t find_kilobytes(const std::string& file, std::string_view wanted) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string key;
    std::uint64_t value = 0;
    if (fields >> key >> value && key == wanted) return value * 1024;
  }
  return 0;
}

}  // namespace

TreeMemory tree_memory(pid_t root) {
  TreeMemory memory;
  for (const pid_t process : process_tree(root)) {
    const std::string folder = "/proc/" + std::to_string(process);
    memory.proportional_bytes += find_kilobytes(folder + "/smaps_rollup", "Pss:");
    memory.peak_resident_bytes += find_kilobytes(folder + "/status", "VmHWM:");
  }
  return memory;
}

}  // namespace tandem
