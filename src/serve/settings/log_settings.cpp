// SPDX-License-Identifier: Apache-2.0
// Between the extension's words and base/log.
#include "serve/settings/log_settings.h"

#include <fmt/format.h>

#include "base/log.h"

namespace tandem::serve {
namespace {

constexpr const char* kFormat = "ISO8601";

}  // namespace

LogSettings read_log_settings() {
  LogSettings settings;
  settings.file = log::file();
  settings.info = log::enabled(log::Level::kInfo);
  settings.warning = log::enabled(log::Level::kWarning);
  settings.error = log::enabled(log::Level::kError);
  settings.verbose_level = log::enabled(log::Level::kDebug) ? 1 : 0;
  settings.format = kFormat;
  return settings;
}

Status change_log_settings(const LogChange& change) {
  if (change.file && *change.file != log::file()) {
    return invalid_argument("log_file: a call cannot choose a file of the server's machine; start it with --log-file");
  }
  if (change.format && *change.format != kFormat) {
    return invalid_argument(fmt::format("log_format: expected {}, the form of the times in every line", kFormat));
  }
  if (change.verbose_level) log::enable(log::Level::kDebug, *change.verbose_level > 0);
  if (change.info) log::enable(log::Level::kInfo, *change.info);
  if (change.warning) log::enable(log::Level::kWarning, *change.warning);
  if (change.error) log::enable(log::Level::kError, *change.error);
  return {};
}

}  // namespace tandem::serve
