// SPDX-License-Identifier: Apache-2.0
// The program's log: leveled lines on standard error, as text or JSON; standard output stays for results.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tandem::log {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };
enum class Format { kText, kJson };

/// Sets what is written and how. Call once at start, before other threads exist. Default: kWarning, text.
void configure(Level level, Format format);
/// From now on lines go to the end of this file instead of standard error. Call once at start, like configure().
/// Errors: the file cannot be opened.
Status write_to_file(const std::string& path);
/// That file; "": standard error.
const std::string& file();
/// Switches the lines of one level on or off, also while other threads write.
void enable(Level level, bool on);
Result<Level> parse_level(std::string_view name);

/// One line. Thread-safe. Extra fields follow the message as key=value (text) or members (JSON).
using Fields = std::vector<std::pair<std::string_view, std::string>>;
void debug(std::string_view message, const Fields& fields = {});
void info(std::string_view message, const Fields& fields = {});
void warning(std::string_view message, const Fields& fields = {});
void error(std::string_view message, const Fields& fields = {});

/// Whether a line of that level would be written; ask before building an expensive one.
bool enabled(Level level);

}  // namespace tandem::log
