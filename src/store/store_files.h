// SPDX-License-Identifier: Apache-2.0
// The files of a store as they are written: staged and hashed, kept as blobs, shown in weights/, swept away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "store/sha256.h"
#include "store/store_layout.h"

namespace tandem {

/// Told after each block how many bytes of how many are copied.
using CopyProgress = std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>;

/// A file in .store/temporary, on the disk, whose hash is known. Removed with the object unless it was kept. Moves,
/// does not copy.
class StagedFile final {
 public:
  /// Copies a file, hashing while it writes. Errors: not_found, invalid_argument (not a regular file), those of
  /// writing.
  static Result<StagedFile> copy(const std::filesystem::path& source, const StoreLayout& layout,
                                 const CopyProgress& progress = {});
  static Result<StagedFile> write(std::string_view bytes, const StoreLayout& layout);
  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();

  const std::filesystem::path& path() const { return path_; }
  const FileDigest& digest() const { return digest_; }

  /// Makes it a blob; nothing is moved when the store has that content already. Read-only from then on.
  Status keep(FileKind kind, const StoreLayout& layout);

 private:
  explicit StagedFile(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  FileDigest digest_;
};

/// Whether the file holds what the digest says: the blob itself under another name, or the same bytes.
bool holds(const std::filesystem::path& file, FileKind kind, const FileDigest& digest, const StoreLayout& layout);

/// Replaces weights/NAME.onnx (or metadata, config) by the blob's content in one rename: weights by a hard link where
/// the file system can, the others by a copy that a person may edit. Errors: data_loss (the blob is damaged or gone),
/// those of writing.
Status publish_file(FileKind kind, std::string_view name, const FileDigest& digest, const StoreLayout& layout);

/// Removes weights/NAME.onnx (or metadata, config); none there is fine.
Status withdraw_file(FileKind kind, std::string_view name, const StoreLayout& layout);

/// Deletes the blobs that no record names. Returns their bytes. Errors: those of a record that cannot be read; then
/// nothing is deleted. The caller holds the store's lock.
Result<std::uint64_t> sweep_blobs(const StoreLayout& layout);

/// Makes the folder and those above it. Errors: permission_denied, resource_exhausted, internal.
Status make_folders(const std::filesystem::path& folder);

}  // namespace tandem
