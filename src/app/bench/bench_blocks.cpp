// SPDX-License-Identifier: Apache-2.0
// One line in, one line out.
#include "app/bench/bench_blocks.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>

#include "bench/measure.h"
#include "bench/statistics.h"

namespace tandem::app {
namespace {

constexpr int kLongestBlockMs = 600'000;

Result<int> parse_milliseconds(const std::string& line) {
  int value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc() || end != line.data() + line.size() || value < 1 || value > kLongestBlockMs) {
    return invalid_argument(fmt::format("a block is 1 to {} milliseconds, got '{}'", kLongestBlockMs, line));
  }
  return value;
}

}  // namespace

Status measure_blocks(Session& session, std::span<const Tensor> inputs, std::istream& commands) {
  fmt::print("{{\"ready\": true}}\n");
  std::fflush(stdout);
  for (std::string line; std::getline(commands, line);) {
    const int milliseconds = TRY(parse_milliseconds(line));
    bench::MeasureOptions options;
    options.warmup_runs = 1;
    options.duration = std::chrono::milliseconds(milliseconds);
    const bench::Measurement measurement = TRY(bench::measure(session, inputs, options, system_clock()));
    const bench::Summary summary = bench::summarize(measurement.samples_ms);
    fmt::print("{{\"runs\": {}, \"mean_ms\": {}, \"p50_ms\": {}, \"min_ms\": {}}}\n", summary.count, summary.mean_ms,
               summary.p50_ms, summary.min_ms);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace tandem::app
