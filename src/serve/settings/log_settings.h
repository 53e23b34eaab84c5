// SPDX-License-Identifier: Apache-2.0
// The log as the logging extension sees it: what is written can be changed while the server runs, where to cannot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace tandem::serve {

struct LogSettings {
  std::string file;  // "": standard error
  bool info = false;
  bool warning = true;
  bool error = true;
  std::uint32_t verbose_level = 0;  // > 0: debug lines too
  std::string format;               // always "ISO8601", the form of the times
};

/// What a caller wants to be different.
struct LogChange {
  std::optional<std::string> file;
  std::optional<bool> info, warning, error;
  std::optional<std::uint32_t> verbose_level;
  std::optional<std::string> format;
};

LogSettings read_log_settings();

/// Changes all of it or nothing. Errors: invalid_argument (another file or format: a caller from the network must not
/// choose files of this machine, and the program that reads the log expects one format).
Status change_log_settings(const LogChange& change);

}  // namespace tandem::serve
