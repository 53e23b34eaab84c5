// SPDX-License-Identifier: Apache-2.0
// SharedMemory: a block of memory that a worker process maps, too.
#pragma once

#include <cstddef>
#include <span>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem::python {

/// A memfd, mapped for reading and writing. Its size is sealed: who gets the descriptor can write into the block but
/// can neither cut it off (which would end this process with SIGBUS) nor let it grow. Moves, does not copy.
class SharedMemory final {
 public:
  SharedMemory() = default;
  /// The memory is really there after this. Errors: resource_exhausted, internal.
  static Result<SharedMemory> create(std::size_t bytes);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  int fd() const { return fd_.get(); }
  std::span<std::byte> bytes() const { return {data_, size_}; }
  std::size_t size() const { return size_; }

 private:
  Descriptor fd_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tandem::python
