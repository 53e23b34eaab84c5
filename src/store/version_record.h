// SPDX-License-Identifier: Apache-2.0
// VersionRecord: .store/versions/NAME.json, which versions of a model a store keeps; replacing it is what commits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/sha256.h"
#include "store/store_layout.h"
#include "store/store_log.h"

namespace tandem {

/// One version: its files by content. What is absent, the version does not have; weights are always there.
struct RecordedVersion {
  int number = 0;
  std::string created;  // ISO 8601, UTC
  FileDigest weights;
  std::optional<FileDigest> metadata;
  std::optional<FileDigest> config;

  /// Null when the version has no file of that kind.
  const FileDigest* file(FileKind kind) const;

  friend bool operator==(const RecordedVersion&, const RecordedVersion&) = default;
};

struct VersionRecord {
  std::string name;
  std::uint64_t revision = 0;             // grows with every change
  int next_number = 1;                    // numbers are never used twice
  std::vector<RecordedVersion> versions;  // by number
  /// Absent when weights/, metadata/ and configs/ hold the latest version; else the change they do not show yet.
  std::optional<LogEntry> pending;

  /// Null when there is none.
  const RecordedVersion* latest() const { return versions.empty() ? nullptr : &versions.back(); }
  const RecordedVersion* find(int number) const;

  friend bool operator==(const VersionRecord&, const VersionRecord&) = default;
};

inline constexpr int kMaxVersionNumber = 1'000'000'000;
inline constexpr std::size_t kMaxVersions = 10'000;  // of one model

/// Errors: data_loss, for a text that no Tandem wrote.
Result<VersionRecord> parse_record(std::string_view text, std::string_view name);
std::string format_record(const VersionRecord& record);

/// Nothing when the store keeps no versions of the model. Errors: data_loss, those of reading a file.
Result<std::optional<VersionRecord>> read_record(const StoreLayout& layout, std::string_view name);

/// The names that have a record, sorted; a store without .store/ has none. Errors: unavailable (the folder cannot be
/// read).
Result<std::vector<std::string>> list_records(const StoreLayout& layout);

}  // namespace tandem
