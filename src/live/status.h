// SPDX-License-Identifier: Apache-2.0
// The text of a live view: which model runs, how fast, and which keys there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "live/controls.h"
#include "live/statistics.h"

namespace tandem::live {

struct MemoryUse {
  std::uint64_t process_bytes = 0;         // resident
  std::optional<std::uint64_t> gpu_bytes;  // in use on the GPU, by everyone; nothing where there is none
};

/// "31.2 FPS, 12.3 ms, CPU 145 MB, GPU 812 MB, 3 dropped": the mean of the newest frames.
std::string speed_line(const RecentNumbers& recent, const MemoryUse& memory, std::int64_t dropped);

/// The models there are, the current one marked, and those that cannot be used with the reason.
std::vector<std::string> model_lines(const ControlState& state);

/// A table of what was measured.
std::vector<std::string> statistics_lines(const LiveNumbers& numbers);

inline constexpr const char* kKeysLine = "S speak   R say again   P statistics   M change model   Q quit";

}  // namespace tandem::live
