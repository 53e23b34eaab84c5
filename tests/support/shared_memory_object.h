// SPDX-License-Identifier: Apache-2.0
// SharedMemoryObject: a POSIX shared memory object as a client makes it, gone with the test.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tandem {

class SharedMemoryObject final {
 public:
  explicit SharedMemoryObject(std::string_view bytes) : key_(unique_key()) {
    fd_ = ::shm_open(key_.c_str(), O_CREAT | O_EXCL | O_RDWR, S_IRUSR | S_IWUSR);
    if (fd_ < 0 || ::pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  SharedMemoryObject(const SharedMemoryObject&) = delete;
  SharedMemoryObject& operator=(const SharedMemoryObject&) = delete;
  ~SharedMemoryObject() {
    ::close(fd_);
    ::shm_unlink(key_.c_str());
  }

  const std::string& key() const { return key_; }  // "/tandem_test_..."
  void resize(std::size_t size) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) std::abort();
  }
  void allow(mode_t mode) {
    if (::fchmod(fd_, mode) != 0) std::abort();
  }
  std::size_t size() const {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) std::abort();
    return static_cast<std::size_t>(status.st_size);
  }
  std::string bytes() const {
    std::string bytes(size(), '\0');
    if (::pread(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    return bytes;
  }

 private:
  static std::string unique_key() {
    static std::atomic<int> count{0};
    return "/tandem_test_" + std::to_string(::getpid()) + '_' + std::to_string(count.fetch_add(1));
  }

  std::string key_;
  int fd_ = -1;
};

}  // namespace tandem
