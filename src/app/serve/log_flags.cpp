// SPDX-License-Identifier: Apache-2.0
// The flags of the log on standard error.
#include "app/serve/log_flags.h"

#include <CLI/CLI.hpp>

#include "base/log.h"

namespace tandem::app {

void LogFlags::add_to(CLI::App& verb) {
  verb.add_option("--log-level", level, "info writes one line a request")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  verb.add_option("--log-format", format, "Of the log on standard error")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

Status LogFlags::configure() const {
  const log::Level parsed = TRY(log::parse_level(level));
  log::configure(parsed, format == "json" ? log::Format::kJson : log::Format::kText);
  return {};
}

}  // namespace tandem::app
