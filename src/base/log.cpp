// SPDX-License-Identifier: Apache-2.0
// spdlog behind base/log.h.
#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace tandem::log {
namespace {

std::atomic<Format> g_format{Format::kText};

constexpr unsigned bit_of(Level level) { return 1U << static_cast<unsigned>(level); }

/// The bits of `level` and what is worse; none for kOff.
constexpr unsigned bits_from(Level level) { return bit_of(Level::kOff) - bit_of(level); }

std::atomic<unsigned> g_levels{bits_from(Level::kWarning)};  // one bit a level that is written

std::string& file_name() {
  static std::string name;
  return name;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created = std::make_shared<spdlog::logger>("tandem", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    created->set_level(spdlog::level::trace);  // g_levels decides
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

/// The pattern of g_format, for the sinks there are.
void configure_format() {
  const bool is_text = g_format.load() == Format::kText;
  logger().set_formatter(std::make_unique<spdlog::pattern_formatter>(
      is_text ? "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v" : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
      is_text ? spdlog::pattern_time_type::local : spdlog::pattern_time_type::utc));
}

}  // namespace

void configure(Level level, Format format) {
  g_format = format;
  g_levels = bits_from(level);
  configure_format();
}

Result<Level> parse_level(std::string_view name) {
  if (name == "debug") return Level::kDebug;
  if (name == "info") return Level::kInfo;
  if (name == "warning") return Level::kWarning;
  if (name == "error") return Level::kError;
  if (name == "off") return Level::kOff;
  return invalid_argument(fmt::format("unknown log level '{}': expected debug, info, warning, error or off", name));
}

Status write_to_file(const std::string& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    logger().sinks().assign(1, std::move(sink));
    logger().flush_on(spdlog::level::trace);
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Code::kFailedPrecondition, fmt::format("cannot write the log to {}: {}", path, error.what()));
  }
  configure_format();
  file_name() = path;
  return {};
}

const std::string& file() { return file_name(); }

void enable(Level level, bool on) {
  if (on) {
    g_levels.fetch_or(bit_of(level) & bits_from(Level::kDebug));
  } else {
    g_levels.fetch_and(~bit_of(level));
  }
}

bool enabled(Level level) { return (g_levels.load(std::memory_order_relaxed) & bit_of(level)) != 0; }

void debug(std::string_view message, const Fields& fields) { write(Level::kDebug, message, fields); }
void info(std::string_view message, const Fields& fields) { write(Level::kInfo, message, fields); }
void warning(std::string_view message, const Fields& fields) { write(Level::kWarning, message, fields); }
void error(std::string_view message, const Fields& fields) { write(Level::kError, message, fields); }

}  // namespace tandem::log
