// SPDX-License-Identifier: Apache-2.0
// FileReplacement: a file in the making, which takes the place of another whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem {

/// `open append* [commit]`. What is appended goes to the disk while more is made, so that commit() waits for little.
/// Without commit() nothing is left behind, also not by a process that is killed, where the file system knows files
/// without a name (O_TMPFILE: ext4, XFS, Btrfs, tmpfs). Moves, does not copy.
class FileReplacement final {
 public:
  /// A temporary file in the folder of `path`. Errors: not_found, permission_denied, resource_exhausted, internal.
  static Result<FileReplacement> open(const std::filesystem::path& path);
  FileReplacement(FileReplacement&& other) noexcept;
  FileReplacement& operator=(FileReplacement&&) = delete;
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;
  ~FileReplacement();

  /// Errors: resource_exhausted (the disk is full), internal.
  Status append(std::string_view bytes);

  /// Fsyncs the file, renames it over `path` and fsyncs the folder. Nothing can be appended afterwards.
  Status commit();

 private:
  FileReplacement(std::filesystem::path path, std::filesystem::path temporary, Descriptor fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}
  void begin_write_back();
  Status take_place();

  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty: the file has no name, has been renamed, or moved from
  Descriptor fd_;
  std::uint64_t appended_ = 0;
  std::uint64_t handed_over_ = 0;  // to the disk, by begin_write_back()
};

}  // namespace tandem
