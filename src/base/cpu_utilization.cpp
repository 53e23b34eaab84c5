// SPDX-License-Identifier: Apache-2.0
// "cpu user nice system idle iowait irq softirq steal guest guest_nice"; guests are counted in user already.
#include "base/cpu_utilization.h"

#include <array>
#include <charconv>
#include <fstream>
#include <string>

namespace tandem {

std::optional<CpuTimes> parse_cpu_times(std::string_view stat) {
  constexpr std::string_view kName = "cpu ";
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kIoWait = 4;
  constexpr std::size_t kSteal = 7;
  constexpr std::size_t kCounters = kSteal + 1;
  if (!stat.starts_with(kName)) return std::nullopt;
  const char* at = stat.data() + kName.size();
  const char* const end = stat.data() + stat.size();
  CpuTimes times;
  for (std::size_t i = 0; i < kCounters; ++i) {
    while (at != end && *at == ' ') ++at;
    std::uint64_t ticks = 0;
    const auto [behind, problem] = std::from_chars(at, end, ticks);
    if (problem != std::errc()) return std::nullopt;
    at = behind;
    times.total += ticks;
    if (i != kIdle && i != kIoWait) times.busy += ticks;
    if (i == kSteal) times.steal = ticks;
  }
  return times;
}

std::optional<CpuTimes> read_cpu_times() {
  std::ifstream in("/proc/stat");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return parse_cpu_times(line);
}

std::optional<double> CpuUtilization::update(const std::optional<CpuTimes>& times, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (!times || (answer_ && now - answered_ < kShortest) || times->total <= last_.total || times->busy < last_.busy) {
    return answer_;
  }
  answer_ = static_cast<double>(times->busy - last_.busy) / static_cast<double>(times->total - last_.total);
  answered_ = now;
  last_ = *times;
  return answer_;
}

}  // namespace tandem
