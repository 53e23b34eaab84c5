// SPDX-License-Identifier: Apache-2.0
// errno becomes an Error in one place.
#include "base/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tandem {

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Error errno_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  const Code canonical = code == ENOENT || code == ENOTDIR                    ? Code::kNotFound
                         : code == EACCES || code == EPERM || code == EROFS   ? Code::kPermissionDenied
                         : code == ENOSPC || code == EDQUOT || code == EMFILE ? Code::kResourceExhausted
                                                                              : Code::kInternal;
  return Error{canonical, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(code))};
}

Status write_all(const Descriptor& fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error("write", path));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_file(const Descriptor& fd, const std::filesystem::path& path) {
  if (::fsync(fd.get()) != 0) return fail(errno_error("write", path));
  return {};
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());
}

}  // namespace tandem
