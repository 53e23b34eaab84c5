// SPDX-License-Identifier: Apache-2.0
// Reads /proc/cpuinfo, the affinity mask and the cgroup's CPU quota.
#include "base/cpu.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace tandem {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The tightest limit on the way from this process's v2 group up to the root.
std::optional<double> cgroup_v2_quota() {
  std::string group = cgroup_v2_group();
  std::optional<double> tightest;
  while (true) {
    const auto quota = parse_cpu_max(first_line("/sys/fs/cgroup" + group + "/cpu.max"));
    if (quota && (!tightest || *quota < *tightest)) tightest = quota;
    if (group.empty()) return tightest;
    group.erase(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

std::optional<double> cgroup_v1_quota() {
  const auto quota = parse_number(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const auto period = parse_number(first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

constexpr std::array kFeatures = {"sse4_2",      "avx",      "f16c",        "fma",         "avx2",     "avx512f",
                                  "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8",
                                  "amx_bf16",    "asimd",    "asimddp",     "i8mm",        "bf16",     "sve"};

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto quota = parse_number(text.substr(0, space));
  const auto period = parse_number(text.substr(space + 1));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

std::string cgroup_v2_group() {
  std::ifstream in("/proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0::")) group = line.substr(3);
  }
  return group;
}

int plan_cores(int online, int affinity, std::optional<double> quota_cores) {
  int cores = std::min(online, affinity);
  if (quota_cores) cores = std::min(cores, static_cast<int>(std::floor(*quota_cores)));
  return std::max(cores, 1);
}

CpuBudget cpu_budget() {
  CpuBudget budget;
  budget.online = std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
  budget.affinity = budget.online;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) budget.affinity = CPU_COUNT(&mask);
  budget.quota_cores = cgroup_v2_quota();
  if (!budget.quota_cores) budget.quota_cores = cgroup_v1_quota();
  budget.cores = plan_cores(budget.online, budget.affinity, budget.quota_cores);
  return budget;
}

CpuInfo cpu_info() {
  CpuInfo info;
  utsname system{};
  if (::uname(&system) == 0) info.architecture = system.machine;
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string value = colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    if (info.model.empty() && line.starts_with("model name")) info.model = value;
    if (info.features.empty() && (line.starts_with("flags") || line.starts_with("Features"))) {
      std::istringstream flags(value);
      for (std::string flag; flags >> flag;) {
        if (std::find(kFeatures.begin(), kFeatures.end(), flag) != kFeatures.end()) info.features.push_back(flag);
      }
    }
  }
  if (info.model.empty()) info.model = info.architecture;
  return info;
}

std::string machine_line() {
  const CpuInfo info = cpu_info();
  const CpuBudget budget = cpu_budget();
  return fmt::format("{}, {} of {} cores, linux-{}", info.model, budget.cores, budget.online, info.architecture);
}

}  // namespace tandem
