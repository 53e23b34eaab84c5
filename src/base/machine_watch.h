// SPDX-License-Identifier: Apache-2.0
// MachineWatch: what disturbed this machine between two looks, as the kernel counts it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Counters since the machine started, or since the group was made.
struct MachineCounters {
  std::uint64_t total_ticks = 0;  // of all cores
  std::uint64_t busy_ticks = 0;
  std::uint64_t steal_ticks = 0;        // a virtual machine's: taken by others of the host
  std::uint64_t own_ticks = 0;          // of this process and all that it has started
  std::uint64_t throttled_periods = 0;  // of the cgroup's quota
  std::uint64_t throttled_us = 0;
  std::uint64_t thermal_events = 0;     // of all cores
  std::vector<std::uint64_t> core_mhz;  // now, of each core; may be empty
};

/// The fields of the first line of /proc/stat (proc(5)); nothing when it is no such line.
struct StatLine {
  std::uint64_t total = 0;
  std::uint64_t busy = 0;
  std::uint64_t steal = 0;
};
std::optional<StatLine> parse_stat_line(std::string_view line);

/// "nr_throttled 12\nthrottled_usec 34": cgroup v2's cpu.stat; v1 has throttled_time in nanoseconds.
struct Throttling {
  std::uint64_t periods = 0;
  std::uint64_t microseconds = 0;
};
Throttling parse_cpu_stat(std::string_view text);

/// Now. What the kernel does not tell stays 0.
MachineCounters read_machine_counters();

/// Between two looks.
struct MachineDisturbance {
  double others_cores = 0;  // cores that other processes of this machine kept busy
  double steal_share = 0;   // of the cores' time
  std::uint64_t throttled_periods = 0;
  double throttled_ms = 0;
  std::uint64_t thermal_events = 0;
  std::uint64_t lowest_mhz = 0;  // at either look; 0: not known
  std::uint64_t highest_mhz = 0;
};
MachineDisturbance find_disturbance(const MachineCounters& before, const MachineCounters& after, int cores);

/// "others kept 0.1 of 2 cores busy; steal 0.0 %; not throttled; 2445 MHz"
std::string to_string(const MachineDisturbance& disturbance, int cores);

/// What a figure of speed depends on, for records: {"kernel", "6.1.0"}, {"governor", "performance"}, ...
struct MachineFact {
  std::string name;
  std::string value;
};
std::vector<MachineFact> machine_facts();

}  // namespace tandem
