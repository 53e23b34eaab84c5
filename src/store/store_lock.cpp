// SPDX-License-Identifier: Apache-2.0
// flock(2) on .store/lock; the file holds the writer's process id while it writes, and nothing otherwise.
#include "store/store_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/file.h"

namespace tandem {
namespace {

constexpr std::chrono::milliseconds kPause{20};

std::string holder_of(const std::filesystem::path& file) {
  const auto text = read_file(file, 64);
  if (!text || text->empty()) return "another process";
  return fmt::format("process {}", text->substr(0, text->find_first_of(" \n")));
}

}  // namespace

Result<StoreLock> StoreLock::acquire(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  StoreLock lock(Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)), file);
  if (lock.fd_.get() < 0) return fail(errno_error("open", file));
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(lock.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return fail(errno_error("lock", file));
    if (std::chrono::steady_clock::now() >= until) {
      return fail(Code::kUnavailable,
                  fmt::format("{} is writing to this store ({} is locked); try again when it is done", holder_of(file),
                              file.string()));
    }
    std::this_thread::sleep_for(kPause);
  }
  TRY(lock.begin());
  return lock;
}

Status StoreLock::begin() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return fail(errno_error("read", file_));
  interrupted_ = info.st_size > 0;
  // Overwritten, never emptied first: a crash in between must not make an interrupted store look whole.
  if (::lseek(fd_.get(), 0, SEEK_SET) < 0) return fail(errno_error("write", file_));
  TRY(write_all(fd_, fmt::format("{:<10}\n", ::getpid()), file_));
  return sync_file(fd_, file_);
}

Status StoreLock::finished() {
  if (::ftruncate(fd_.get(), 0) != 0) return fail(errno_error("write", file_));
  return sync_file(fd_, file_);
}

}  // namespace tandem
