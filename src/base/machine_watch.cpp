// SPDX-License-Identifier: Apache-2.0
// Reads /proc/stat, /proc/PID/stat, cpu.stat of the cgroup, and /sys/devices/system/cpu.
#include "base/machine_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/cpu.h"
#include "base/cpu_utilization.h"
#include "base/process_tree.h"

namespace tandem {
namespace {

constexpr int kMostCores = 4096;

std::string first_line_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string whole_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::filesystem::path core_folder(int core) { return fmt::format("/sys/devices/system/cpu/cpu{}", core); }

int online_cores() { return std::clamp(static_cast<int>(::sysconf(_SC_NPROCESSORS_CONF)), 1, kMostCores); }

/// The frequency scaling's, else what /proc/cpuinfo says ("cpu MHz : 2445.422").
std::vector<std::uint64_t> read_frequencies() {
  std::vector<std::uint64_t> mhz;
  for (int core = 0; core < online_cores(); ++core) {
    if (const auto khz = whole_number(first_line_of(core_folder(core) / "cpufreq/scaling_cur_freq"))) {
      mhz.push_back(*khz / 1000);
    }
  }
  if (!mhz.empty()) return mhz;
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with("cpu MHz") || colon == std::string::npos || colon + 2 > line.size()) continue;
    if (const auto value = whole_number(std::string_view(line).substr(colon + 2))) mhz.push_back(*value);
  }
  return mhz;
}

void add_fact(std::vector<MachineFact>& facts, std::string name, std::string value) {
  if (!value.empty()) facts.push_back({std::move(name), std::move(value)});
}

}  // namespace

std::optional<StatLine> parse_stat_line(std::string_view line) {
  const auto times = parse_cpu_times(line);
  if (!times) return std::nullopt;
  // What was stolen was neither idle nor did it do anything of this machine.
  return StatLine{times->total, times->busy - times->steal, times->steal};
}

Throttling parse_cpu_stat(std::string_view text) {
  Throttling throttling;
  std::istringstream fields{std::string(text)};
  std::string key;
  std::uint64_t value = 0;
  while (fields >> key >> value) {
    if (key == "nr_throttled") throttling.periods = value;
    if (key == "throttled_usec") throttling.microseconds = value;
    if (key == "throttled_time") throttling.microseconds = value / 1000;
  }
  return throttling;
}

MachineCounters read_machine_counters() {
  MachineCounters counters;
  if (const auto line = parse_stat_line(first_line_of("/proc/stat"))) {
    counters.total_ticks = line->total;
    counters.busy_ticks = line->busy;
    counters.steal_ticks = line->steal;
  }
  for (const pid_t process : process_tree(::getpid())) counters.own_ticks += read_process_stat(process).ticks;
  std::string stat = whole_text("/sys/fs/cgroup" + cgroup_v2_group() + "/cpu.stat");
  if (stat.find("nr_throttled") == std::string::npos) stat = whole_text("/sys/fs/cgroup/cpu/cpu.stat");
  const Throttling throttling = parse_cpu_stat(stat);
  counters.throttled_periods = throttling.periods;
  counters.throttled_us = throttling.microseconds;
  for (int core = 0; core < online_cores(); ++core) {
    counters.thermal_events +=
        whole_number(first_line_of(core_folder(core) / "thermal_throttle/core_throttle_count")).value_or(0);
  }
  counters.core_mhz = read_frequencies();
  return counters;
}

MachineDisturbance find_disturbance(const MachineCounters& before, const MachineCounters& after, int cores) {
  const auto difference = [](std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; };
  MachineDisturbance found;
  const std::uint64_t total = difference(before.total_ticks, after.total_ticks);
  if (total > 0) {
    const std::uint64_t busy = difference(before.busy_ticks, after.busy_ticks);
    const std::uint64_t own = std::min(busy, difference(before.own_ticks, after.own_ticks));
    found.others_cores = static_cast<double>(busy - own) / static_cast<double>(total) * cores;
    found.steal_share =
        static_cast<double>(difference(before.steal_ticks, after.steal_ticks)) / static_cast<double>(total);
  }
  found.throttled_periods = difference(before.throttled_periods, after.throttled_periods);
  found.throttled_ms = static_cast<double>(difference(before.throttled_us, after.throttled_us)) / 1000;
  found.thermal_events = difference(before.thermal_events, after.thermal_events);
  for (const auto* mhz : {&before.core_mhz, &after.core_mhz}) {
    if (mhz->empty()) continue;
    const auto [low, high] = std::ranges::minmax_element(*mhz);
    found.lowest_mhz = found.lowest_mhz == 0 ? *low : std::min(found.lowest_mhz, *low);
    found.highest_mhz = std::max(found.highest_mhz, *high);
  }
  return found;
}

std::string to_string(const MachineDisturbance& disturbance, int cores) {
  std::string text = fmt::format("others kept {:.2f} of {} cores busy; steal {:.1f} %", disturbance.others_cores, cores,
                                 100 * disturbance.steal_share);
  text += disturbance.throttled_periods == 0
              ? "; not throttled"
              : fmt::format("; throttled {} times, {:.0f} ms", disturbance.throttled_periods, disturbance.throttled_ms);
  if (disturbance.thermal_events > 0) text += fmt::format("; slowed by heat {} times", disturbance.thermal_events);
  if (disturbance.highest_mhz == 0) return text;
  if (disturbance.lowest_mhz == disturbance.highest_mhz) return text + fmt::format("; {} MHz", disturbance.lowest_mhz);
  return text + fmt::format("; {} to {} MHz", disturbance.lowest_mhz, disturbance.highest_mhz);
}

std::vector<MachineFact> machine_facts() {
  const CpuInfo info = cpu_info();
  const CpuBudget budget = cpu_budget();
  std::vector<MachineFact> facts;
  add_fact(facts, "processor", info.model);
  add_fact(facts, "architecture", info.architecture);
  add_fact(facts, "features", fmt::format("{}", fmt::join(info.features, " ")));
  add_fact(facts, "cores_online", fmt::format("{}", budget.online));
  add_fact(facts, "cores_affinity", fmt::format("{}", budget.affinity));
  if (budget.quota_cores) add_fact(facts, "cgroup_quota_cores", fmt::format("{}", *budget.quota_cores));
  add_fact(facts, "governor", first_line_of(core_folder(0) / "cpufreq/scaling_governor"));
  add_fact(facts, "smt_active", first_line_of("/sys/devices/system/cpu/smt/active"));
  add_fact(facts, "no_turbo", first_line_of("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  add_fact(facts, "boost", first_line_of("/sys/devices/system/cpu/cpufreq/boost"));
  add_fact(facts, "numa_nodes", first_line_of("/sys/devices/system/node/online"));
  utsname system{};
  if (::uname(&system) == 0) add_fact(facts, "kernel", fmt::format("{} {}", system.sysname, system.release));
  return facts;
}

}  // namespace tandem
