// SPDX-License-Identifier: Apache-2.0
// ScenarioFlags: the options of tandem bench that make a load test of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/command.h"
#include "base/error.h"
#include "bench/load_generator.h"

namespace tandem::app {

/// Samples of a query of the multi-stream scenario, as MLPerf has it.
inline constexpr std::int64_t kMultiStreamSamples = 8;

/// Must outlive the parsing of the command line.
struct ScenarioFlags {
  std::string scenario;
  std::string url;
  std::optional<double> qps;
  std::optional<double> p99_ms;
  std::size_t queries = 0;
  std::size_t connections = 16;
  std::uint64_t seed = 1;

  void add_to(CLI::App& verb);
  bool is_given() const { return !scenario.empty() || !url.empty(); }
  /// Whether the highest rate is asked for that keeps p99_ms.
  bool finds_peak() const { return scenario == "server" && !qps && p99_ms; }
  /// Errors: invalid_argument (options that need another one)
  Status check() const;
  /// Without duration and slots. Errors: invalid_argument
  Result<bench::LoadOptions> load_options() const;
};

}  // namespace tandem::app
