// SPDX-License-Identifier: Apache-2.0
// spdlog behind base/log.h.
#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace tandem::log {
namespace {

std::atomic<Format> g_format{Format::kText};

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created = std::make_shared<spdlog::logger>("tandem", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    created->set_level(spdlog::level::warn);
    created->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
    case Level::kOff: return spdlog::level::off;
  }
  return spdlog::level::off;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string compose(std::string_view message, const Fields& fields) {
  std::string line;
  if (g_format.load(std::memory_order_relaxed) == Format::kText) {
    line = message;
    for (const auto& [key, value] : fields) fmt::format_to(std::back_inserter(line), " {}={}", key, value);
    return line;
  }
  line = "\"message\":";
  append_json_string(line, message);
  for (const auto& [key, value] : fields) {
    line += ',';
    append_json_string(line, key);
    line += ':';
    append_json_string(line, value);
  }
  return line;
}

void write(Level level, std::string_view message, const Fields& fields) {
  if (!enabled(level)) return;
  logger().log(to_spdlog(level), compose(message, fields));
}

}  // namespace

void configure(Level level, Format format) {
  g_format = format;
  logger().set_level(to_spdlog(level));
  logger().set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == Format::kText ? "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v"
                              : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
      format == Format::kText ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc));
}

Result<Level> parse_level(std::string_view name) {
  if (name == "debug") return Level::kDebug;
  if (name == "info") return Level::kInfo;
  if (name == "warning") return Level::kWarning;
  if (name == "error") return Level::kError;
  if (name == "off") return Level::kOff;
  return invalid_argument(fmt::format("unknown log level '{}': expected debug, info, warning, error or off", name));
}

bool enabled(Level level) { return logger().should_log(to_spdlog(level)); }

void debug(std::string_view message, const Fields& fields) { write(Level::kDebug, message, fields); }
void info(std::string_view message, const Fields& fields) { write(Level::kInfo, message, fields); }
void warning(std::string_view message, const Fields& fields) { write(Level::kWarning, message, fields); }
void error(std::string_view message, const Fields& fields) { write(Level::kError, message, fields); }

}  // namespace tandem::log
