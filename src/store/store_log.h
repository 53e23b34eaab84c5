// SPDX-License-Identifier: Apache-2.0
// .store/log.jsonl: one line a change, each with the hash of the line before, so that a later edit shows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

/// A version that a change added or removed, by the content of its weights.
struct LoggedVersion {
  int number = 0;
  std::string sha256;

  friend bool operator==(const LoggedVersion&, const LoggedVersion&) = default;
};

/// One change of the store.
struct LogEntry {
  std::string time;    // ISO 8601, UTC
  std::string action;  // "add" or "remove"
  std::string name;
  std::uint64_t revision = 0;  // of the model's record after the change
  std::vector<LoggedVersion> versions;

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// What could be read of a log. A last line without its newline was never finished, and is left out.
struct StoreLog {
  std::vector<LogEntry> entries;
  std::optional<std::string> damage;  // the first line that is not what was written, and why; entries end before it
};

/// A log that is not there is empty. Errors: resource_exhausted (larger than 256 MiB), those of reading a file.
Result<StoreLog> read_log(const std::filesystem::path& file);

/// Appends one line, on the disk when this returns; an unfinished last line is cut off first. An entry that is the last
/// line already is not written twice. The caller holds the store's lock.
Status append_log(const std::filesystem::path& file, const LogEntry& entry);

}  // namespace tandem
