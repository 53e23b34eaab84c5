// SPDX-License-Identifier: Apache-2.0
// bind, with care for what stands at the path already.
#include "serve/http/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace tandem::serve {
namespace {

Descriptor make_socket(int flags) { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)); }

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  constexpr std::size_t kLimit = sizeof(address.sun_path) - 1;
  if (text.empty() || text.size() > kLimit || text.find('\0') != std::string::npos) {
    return invalid_argument("the path of a Unix socket has 1 to " + std::to_string(kLimit) + " bytes, got " +
                            std::to_string(text.size()) + ": choose a shorter one than " + text);
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Of the folder, so that of two servers which find the same dead socket one removes it and the other finds a live one.
Result<Descriptor> lock_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.is_open()) return fail(errno_error("open the folder of the Unix socket", folder));
  while (::flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(errno_error("lock the folder of the Unix socket", folder));
  }
  return lock;
}

// Frees the path when what stands there is the socket of a server that has gone.
Status remove_dead_socket(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return {};  // nothing there, or bind says what is wrong
  if (!S_ISSOCK(found.st_mode)) {
    return fail(Code::kAlreadyExists, path.string() + " exists and is not a socket; choose another path or remove it");
  }
  const Descriptor probe = make_socket(SOCK_NONBLOCK);
  if (!probe.is_open()) return fail(errno_error("make a Unix socket for", path));
  if (::connect(probe.get(), generic(address), sizeof(address)) == 0 || errno != ECONNREFUSED) {
    return fail(Code::kAlreadyExists, path.string() + " is in use by another server; choose another path or end it");
  }
  if (::unlink(path.c_str()) != 0) return fail(errno_error("remove the socket of a server that has gone,", path));
  return {};
}

}  // namespace

Result<UnixSocket> UnixSocket::listen(const std::filesystem::path& path, mode_t mode) {
  const sockaddr_un address = TRY(address_of(path));
  const Descriptor lock = TRY(lock_folder_of(path));
  TRY(remove_dead_socket(path, address));
  Descriptor fd = make_socket(SOCK_NONBLOCK);
  if (!fd.is_open()) return fail(errno_error("make a Unix socket for", path));
  ::fchmod(fd.get(), mode);  // Linux gives the file this mode when it makes it, less the umask
  if (::bind(fd.get(), generic(address), sizeof(address)) != 0) return fail(errno_error("listen on", path));
  UnixSocket socket(std::move(fd), path);
  struct stat made{};
  if (::lstat(path.c_str(), &made) != 0 || ::chmod(path.c_str(), mode) != 0) {
    return fail(errno_error("set the mode of", path));
  }
  socket.device_ = made.st_dev;
  socket.inode_ = made.st_ino;
  if (::listen(socket.fd(), SOMAXCONN) != 0) return fail(errno_error("listen on", path));
  return socket;
}

UnixSocket::~UnixSocket() {
  struct stat found{};
  if (!socket_.is_open() || ::lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace tandem::serve
