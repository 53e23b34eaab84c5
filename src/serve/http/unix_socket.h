// SPDX-License-Identifier: Apache-2.0
// A listening Unix socket and the file by which clients find it.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem::serve {

/// Owns the socket and its file, which it removes when it goes, unless another has taken its place. Moves, does not
/// copy.
class UnixSocket final {
 public:
  /// Listens at `path`, non-blocking. The file has `mode` from its first moment. A socket there that nobody listens on
  /// is what a server left behind that was killed: it is replaced. Errors: invalid_argument (the path is too long),
  /// already_exists (another server, or a file that is no socket), not_found and permission_denied (the folder),
  /// internal.
  static Result<UnixSocket> listen(const std::filesystem::path& path, mode_t mode);
  UnixSocket(UnixSocket&& other) noexcept = default;
  UnixSocket& operator=(UnixSocket&&) = delete;
  ~UnixSocket();

  int fd() const { return socket_.get(); }

 private:
  UnixSocket(Descriptor socket, std::filesystem::path path) : socket_(std::move(socket)), path_(std::move(path)) {}

  Descriptor socket_;
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tandem::serve
