// SPDX-License-Identifier: Apache-2.0
// memfd_create, seals and mmap.
#include "engines/python/shared_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tandem::python {
namespace {

tl::unexpected<Error> cannot(std::string_view what, std::size_t bytes, int code) {
  const bool full = code == ENOMEM || code == ENOSPC || code == EMFILE || code == ENFILE || code == EFBIG;
  return fail(
      full ? Code::kResourceExhausted : Code::kInternal,
      fmt::format("cannot {} {} bytes of shared memory for a Python worker: {}", what, bytes, std::strerror(code)));
}

}  // namespace

Result<SharedMemory> SharedMemory::create(std::size_t bytes) {
  SharedMemory memory;
  memory.fd_ = Descriptor(::memfd_create("tandem-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.fd_.is_open()) return cannot("create", bytes, errno);
  // Reserved now, so that a machine without memory says so here and does not end the process at the first touch.
  if (const int failed = ::posix_fallocate(memory.fd(), 0, static_cast<off_t>(bytes))) {
    return cannot("reserve", bytes, failed);
  }
  if (::fcntl(memory.fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return cannot("seal", bytes, errno);
  }
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd(), 0);
  if (data == MAP_FAILED) return cannot("map", bytes, errno);
  memory.data_ = static_cast<std::byte*>(data);
  memory.size_ = bytes;
  return memory;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace tandem::python
