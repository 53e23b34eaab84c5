// SPDX-License-Identifier: Apache-2.0
// Descriptor: an open file that closes itself, and the POSIX calls on it with errors as sentences.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tandem {

/// Owns a file descriptor; -1 for none. Moves, does not copy.
class Descriptor final {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_;
};

/// "cannot {what} {path}: {the system's reason}", with the code that errno stands for. Call before errno changes.
Error errno_error(std::string_view what, const std::filesystem::path& path);

/// Writes all of `bytes`, however many calls that takes. `path` is for the error.
Status write_all(const Descriptor& fd, std::string_view bytes, const std::filesystem::path& path);

/// Returns when the file's bytes are on the disk.
Status sync_file(const Descriptor& fd, const std::filesystem::path& path);

/// Asks for the folder's entries to be on the disk; file systems that cannot are left alone.
void sync_folder(const std::filesystem::path& folder);

}  // namespace tandem
