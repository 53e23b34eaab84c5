// SPDX-License-Identifier: Apache-2.0
// The settings of the trace extension: of the server, and of a model where they differ.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem::serve {

struct TraceSettings {
  bool timestamps = false;          // trace_level TIMESTAMPS, else OFF
  std::uint32_t rate = 1000;        // one request of so many
  std::int64_t count = -1;          // how many more; -1: no limit
  std::uint32_t log_frequency = 0;  // traces a file; 0: all in one

  friend bool operator==(const TraceSettings&, const TraceSettings&) = default;
};

/// What differs from the wider settings.
struct TraceOverrides {
  std::optional<bool> timestamps;
  std::optional<std::uint32_t> rate;
  std::optional<std::int64_t> count;
  std::optional<std::uint32_t> log_frequency;

  TraceSettings over(TraceSettings wider) const;
};

/// A change of overrides: outer absent = leave it, inner absent = back to the wider setting.
struct TraceChange {
  std::optional<std::optional<bool>> timestamps;
  std::optional<std::optional<std::uint32_t>> rate;
  std::optional<std::optional<std::int64_t>> count;
  std::optional<std::optional<std::uint32_t>> log_frequency;

  void apply_to(TraceOverrides& overrides) const;
};

/// The settings as every protocol carries them: names and lists of words.
using TraceWords = std::map<std::string, std::vector<std::string>>;

/// `file` is where traces go. An empty list stands for "back to the wider setting".
/// Errors: invalid_argument (the name, what was expected, what came).
Result<TraceChange> parse_trace_change(const TraceWords& words, const std::string& file);
TraceWords describe_trace_settings(const TraceSettings& settings, const std::string& file);

}  // namespace tandem::serve
