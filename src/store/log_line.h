// SPDX-License-Identifier: Apache-2.0
// A LogEntry as one line of JSON, in the log and in the record that has not been carried out yet.
#pragma once

#include <string>
#include <string_view>

#include "store/store_log.h"

namespace tandem {

/// The hash that the first line of a log names as the one before it.
inline constexpr std::string_view kNoLineBefore = "0000000000000000000000000000000000000000000000000000000000000000";

/// `previous` is the SHA-256 of the line before, without its newline; "" leaves the member out.
std::string format_log_line(const LogEntry& entry, std::string_view previous);

struct LogLine {
  LogEntry entry;
  std::string previous;  // "" when the line has none
};
/// Errors: data_loss with what is wrong with the line.
Result<LogLine> parse_log_line(std::string_view line);

}  // namespace tandem
