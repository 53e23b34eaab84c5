// SPDX-License-Identifier: Apache-2.0
// FileShelf: files that people bring and jobs make, in a temporary folder that is removed at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/scratch_folder.h"

namespace tandem::serve {

/// What a file is called, and so is taken for; its content decides later.
enum class FileKind { kCheckpoint, kOnnx, kConfig, kImage };
std::string_view file_kind_name(FileKind kind);

/// A name without folders: letters, digits, '.', '_' and '-', at most 128, not beginning with '.', ending as a file of
/// one of the kinds does. Errors: invalid_argument.
Result<FileKind> check_file_name(std::string_view name);

/// One complete file. Immutable; it stays on disk as long as anyone holds it.
struct ShelvedFile {
  std::string id;    // "f3"
  std::string name;  // "carotid.onnx"
  FileKind kind = FileKind::kImage;
  std::uint64_t bytes = 0;
  std::filesystem::path path;
  std::string made_from;   // the id of the file that it was converted from; "": it was brought
  std::string inspection;  // JSON: what is in it
  std::shared_ptr<const ScratchFolder> folder;
};

struct FileShelfLimits {
  std::uint64_t file_bytes = std::uint64_t{4} << 30;
  std::uint64_t free_bytes = std::uint64_t{512} << 20;  // of the disk, that must be left
  std::size_t files = 24;                               // more: the oldest one goes
};

/// How far a file that comes in pieces is.
struct Upload {
  std::string id;
  std::uint64_t received = 0;
  std::uint64_t size = 0;
  std::shared_ptr<const ShelvedFile> file;  // when it is complete
};

/// Thread-safe. Looks into a complete file through `inspect`, outside its lock.
class FileShelf final {
 public:
  using Inspect = std::string (*)(const std::filesystem::path& file, FileKind kind);

  /// Errors: those of the folder.
  static Result<std::unique_ptr<FileShelf>> open(const std::filesystem::path& parent, FileShelfLimits limits,
                                                 Inspect inspect);

  /// Begins a file of `size` bytes with its first piece, which may be all of it.
  /// Errors: invalid_argument (name, an empty file, a piece too long), resource_exhausted (too large, the disk is full)
  Result<Upload> begin(std::string_view name, std::uint64_t size, std::span<const std::byte> piece);
  /// Appends a piece to a file that is not complete. Errors: not_found, invalid_argument (not where it ends),
  /// aborted (another piece of the same file is being written)
  Result<Upload> append(std::string_view id, std::uint64_t offset, std::span<const std::byte> piece);

  /// Takes over a file that a job made; its folder lives as long as the file.
  Result<std::shared_ptr<const ShelvedFile>> add(std::shared_ptr<const ScratchFolder> folder,
                                                 const std::filesystem::path& path, std::string made_from);
  /// A folder of its own for what a job makes.
  Result<std::shared_ptr<const ScratchFolder>> make_folder() const {
    return ScratchFolder::make(folder_->path(), "file");
  }

  /// Errors: not_found.
  Result<std::shared_ptr<const ShelvedFile>> find(std::string_view id) const;
  Status remove(std::string_view id);
  /// Oldest first.
  std::vector<std::shared_ptr<const ShelvedFile>> list() const;
  const FileShelfLimits& limits() const { return limits_; }

 private:
  struct Incoming {
    std::shared_ptr<ShelvedFile> file;
    std::uint64_t received = 0;
    std::uint64_t size = 0;
    bool busy = false;
  };

  FileShelf(std::shared_ptr<const ScratchFolder> folder, FileShelfLimits limits, Inspect inspect)
      : folder_(std::move(folder)), limits_(limits), inspect_(inspect) {}
  Result<Upload> write_piece(const std::shared_ptr<Incoming>& incoming, std::span<const std::byte> piece);
  std::string next_id();
  void put(std::shared_ptr<const ShelvedFile> file);

  const std::shared_ptr<const ScratchFolder> folder_;
  const FileShelfLimits limits_;
  const Inspect inspect_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const ShelvedFile>> files_;  // guarded by mutex_
  std::deque<std::shared_ptr<Incoming>> incoming_;        // guarded by mutex_, with what they point to
  std::uint64_t made_ = 0;                                // guarded by mutex_
};

}  // namespace tandem::serve
