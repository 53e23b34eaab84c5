// SPDX-License-Identifier: Apache-2.0
// Words to numbers, strictly.
#include "serve/settings/trace_settings.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace tandem::serve {
namespace {

using Words = std::vector<std::string>;

tl::unexpected<Error> expected(std::string_view name, std::string_view what, const Words& words) {
  const std::string got = words.empty() ? "nothing" : words.front().substr(0, 64);
  return invalid_argument(fmt::format("{}: expected {}, got {}{}", name, what, got, words.size() > 1 ? ", ..." : ""));
}

template <typename T>
Result<T> parse_number(std::string_view name, const Words& words, T least) {
  T value{};
  if (words.size() == 1) {
    const char* const end = words[0].data() + words[0].size();
    const auto [at, error] = std::from_chars(words[0].data(), end, value);
    if (error == std::errc() && at == end && value >= least) return value;
  }
  return expected(name, fmt::format("a whole number of at least {}", least), words);
}

Result<bool> parse_level(const Words& words) {
  bool timestamps = false;
  for (const std::string& word : words) {
    if (word == "TIMESTAMPS") {
      timestamps = true;
    } else if (word != "OFF" || words.size() > 1) {
      return expected("trace_level", "TIMESTAMPS or OFF (this server traces no tensors)", {word});
    }
  }
  return timestamps;
}

template <typename T>
Result<std::optional<T>> unless_empty(const Words& words, Result<T> parsed) {
  if (words.empty()) return std::optional<T>();
  if (!parsed) return fail(std::move(parsed).error());
  return std::optional<T>(*parsed);
}

Status check_fixed(std::string_view name, const Words& words, const std::string& value, std::string_view why) {
  if (words.empty() || (words.size() == 1 && words[0] == value)) return {};
  return invalid_argument(fmt::format("{}: {}", name, why));
}

template <typename T>
void apply(const std::optional<std::optional<T>>& change, std::optional<T>& target) {
  if (change) target = *change;
}

}  // namespace

TraceSettings TraceOverrides::over(TraceSettings wider) const {
  wider.timestamps = timestamps.value_or(wider.timestamps);
  wider.rate = rate.value_or(wider.rate);
  wider.count = count.value_or(wider.count);
  wider.log_frequency = log_frequency.value_or(wider.log_frequency);
  return wider;
}

void TraceChange::apply_to(TraceOverrides& overrides) const {
  apply(timestamps, overrides.timestamps);
  apply(rate, overrides.rate);
  apply(count, overrides.count);
  apply(log_frequency, overrides.log_frequency);
}

Result<TraceChange> parse_trace_change(const TraceWords& words, const std::string& file) {
  TraceChange change;
  for (const auto& [name, value] : words) {
    if (name == "trace_level") {
      change.timestamps = TRY(unless_empty<bool>(value, parse_level(value)));
    } else if (name == "trace_rate") {
      change.rate = TRY(unless_empty<std::uint32_t>(value, parse_number<std::uint32_t>(name, value, 1)));
    } else if (name == "trace_count") {
      change.count = TRY(unless_empty<std::int64_t>(value, parse_number<std::int64_t>(name, value, -1)));
    } else if (name == "log_frequency") {
      change.log_frequency = TRY(unless_empty<std::uint32_t>(value, parse_number<std::uint32_t>(name, value, 0)));
    } else if (name == "trace_file") {
      TRY(check_fixed(name, value, file,
                      "a call cannot choose a file of the server's machine; start it with --trace-file"));
    } else if (name == "trace_mode") {
      TRY(check_fixed(name, value, "triton", "expected triton, the form of the traces in trace_file"));
    } else {
      return invalid_argument(
          fmt::format("there is no trace setting '{}'; there are trace_level, trace_rate, trace_count, log_frequency "
                      "and trace_file",
                      name.substr(0, 64)));
    }
  }
  return change;
}

TraceWords describe_trace_settings(const TraceSettings& settings, const std::string& file) {
  return {{"trace_file", {file}},
          {"trace_level", {settings.timestamps ? "TIMESTAMPS" : "OFF"}},
          {"trace_rate", {std::to_string(settings.rate)}},
          {"trace_count", {std::to_string(settings.count)}},
          {"log_frequency", {std::to_string(settings.log_frequency)}},
          {"trace_mode", {"triton"}}};
}

}  // namespace tandem::serve
