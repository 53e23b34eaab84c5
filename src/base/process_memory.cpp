// SPDX-License-Identifier: Apache-2.0
// Parses /proc/PID/smaps_rollup, status and stat: not every kernel has a list of children.
#include "base/process_memory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace tandem {
namespace {

constexpr std::size_t kMostProcesses = 4096;

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

struct Kinship {
  pid_t process = 0;
  pid_t parent = 0;
};

/// Of "123 (name that may hold anything) S 100 ...", the fourth field (proc(5)).
pid_t parent_of(const std::string& stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string state;
  pid_t parent = 0;
  fields >> state >> parent;
  return fields ? parent : 0;
}

std::vector<Kinship> list_processes() {
  std::vector<Kinship> all;
  std::error_code failed;
  for (auto it = std::filesystem::directory_iterator("/proc", failed);
       !failed && it != std::filesystem::directory_iterator(); it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(it->path() / "stat");
    std::string stat;
    std::getline(in, stat);
    all.push_back({static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)), parent_of(stat)});
  }
  return all;
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root) {
  const std::vector<Kinship> all = list_processes();
  std::vector<pid_t> tree = {root};
  for (std::size_t i = 0; i < tree.size() && tree.size() < kMostProcesses; ++i) {
    for (const Kinship& one : all) {
      if (one.parent == tree[i] && one.process != tree[i]) tree.push_back(one.process);
    }
  }
  return tree;
}

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
