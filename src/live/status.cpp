// SPDX-License-Identifier: Apache-2.0
// Numbers as lines.
#include "live/status.h"

#include <fmt/format.h>

namespace tandem::live {
namespace {

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6); }

std::string number_or_dash(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : std::string("-");
}

}  // namespace

std::string speed_line(const RecentNumbers& recent, const MemoryUse& memory, std::int64_t dropped) {
  std::string line = fmt::format("{} FPS, {} ms, CPU {}", number_or_dash(recent.frames_per_second),
                                 number_or_dash(recent.latency_ms), megabytes(memory.process_bytes));
  if (memory.gpu_bytes) line += fmt::format(", GPU {}", megabytes(*memory.gpu_bytes));
  return line + fmt::format(", {} dropped", dropped);
}

std::vector<std::string> model_lines(const ControlState& state) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < state.models.size(); ++i) {
    const ModelChoice& model = state.models[i];
    const char* mark = i == state.current ? ">" : i == state.loading ? "~" : model.available() ? " " : "x";
    std::string line = fmt::format("{} {}", mark, describe(model));
    if (model.bytes > 0) line += fmt::format(", {:.1f} MB", static_cast<double>(model.bytes) / 1e6);
    if (i == state.current && !model.engine.empty()) line += fmt::format(", {}", model.engine);
    if (!model.available()) line += fmt::format(": {}", model.why_not);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> statistics_lines(const LiveNumbers& numbers) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("frames {}, dropped {}, {} FPS, {} ms a frame", numbers.frames, numbers.dropped,
                              number_or_dash(numbers.frames_per_second), number_or_dash(numbers.frame_ms)));
  if (!numbers.latency) {
    lines.emplace_back("latency: the model has not run yet");
    return lines;
  }
  const LatencySummary& latency = *numbers.latency;
  lines.push_back(fmt::format("latency of {}: mean {:.2f} ms, median {:.2f}, min {:.2f}, max {:.2f}, std {:.2f}",
                              latency.count, latency.mean_ms, latency.median_ms, latency.min_ms, latency.max_ms,
                              latency.std_ms));
  return lines;
}

}  // namespace tandem::live
