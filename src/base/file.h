// SPDX-License-Identifier: Apache-2.0
// Files: read with a limit, mapped read-only, and written so that a reader sees the old or the new, never half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem {

/// The whole file. Errors: not_found, permission_denied, resource_exhausted (larger than limit_bytes), internal.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes = std::uint64_t{1} << 30);

/// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder.
Status write_file_atomic(const std::filesystem::path& path, std::string_view bytes);
/// The same for bytes that lie in several pieces, one after the other.
Status write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> pieces);

/// A file mapped read-only into memory. The bytes live as long as the object. Moves, does not copy.
class MappedFile final {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The folder of the running program; empty when the kernel does not tell.
std::filesystem::path program_folder();

}  // namespace tandem
