// SPDX-License-Identifier: Apache-2.0
// Parses /proc/PID/stat of all processes: not every kernel has a list of children.
#include "base/process_tree.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tandem {
namespace {

constexpr std::size_t kMostProcesses = 4096;

struct Kinship {
  pid_t process = 0;
  pid_t parent = 0;
};

std::vector<Kinship> list_processes() {
  std::vector<Kinship> all;
  std::error_code failed;
  for (auto it = std::filesystem::directory_iterator("/proc", failed);
       !failed && it != std::filesystem::directory_iterator(); it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto process = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
    all.push_back({process, read_process_stat(process).parent});
  }
  return all;
}

}  // namespace

ProcessStat parse_process_stat(const std::string& text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  ProcessStat stat;
  std::string skipped;
  fields >> skipped >> stat.parent;  // the third and the fourth
  for (int i = 5; i < 14; ++i) fields >> skipped;
  for (int i = 14; i <= 17; ++i) {
    std::uint64_t ticks = 0;
    fields >> ticks;
    stat.ticks += ticks;
  }
  return fields ? stat : ProcessStat{};
}

ProcessStat read_process_stat(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(in, text);
  return parse_process_stat(text);
}

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

}  // namespace tandem
