// SPDX-License-Identifier: Apache-2.0
// What processor this is, and how many cores this process may really use.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// How many cores the process may use, and why.
struct CpuBudget {
  int cores = 1;                      // what to plan with: at least 1
  int online = 1;                     // cores the machine has online
  int affinity = 1;                   // cores in this process's affinity mask
  std::optional<double> quota_cores;  // cgroup quota / period; absent when unlimited
};

/// Reads affinity and the cgroup (v2, else v1) of this process. Never fails: unknown limits count as none.
CpuBudget cpu_budget();

/// This process's group of cgroup v2, as "/user.slice/a"; "" for the root, or where there is no v2.
std::string cgroup_v2_group();

/// "max 100000" gives nothing, "150000 100000" gives 1.5: the format of cgroup v2's cpu.max
/// (Linux Documentation/admin-guide/cgroup-v2.rst). Malformed text gives nothing.
std::optional<double> parse_cpu_max(std::string_view text);

/// min(online, affinity, floor(quota)), at least 1.
int plan_cores(int online, int affinity, std::optional<double> quota_cores);

struct CpuInfo {
  std::string model;                  // "AMD EPYC"
  std::string architecture;           // "x86_64"
  std::vector<std::string> features;  // those that matter for inference: "avx2", "avx512_vnni", "amx_int8", ...
};
CpuInfo cpu_info();

/// "AMD EPYC, 2 of 2 cores, linux-x86_64": the machine line that stands under every printed speed.
std::string machine_line();

}  // namespace tandem
