// SPDX-License-Identifier: Apache-2.0
// SharedMemoryRegion: a client's POSIX shared memory object, read and written so that the client can do no harm by it.
//
// The object is not mapped: a client may shrink it at any moment, and a mapped page that is gone ends the process with
// SIGBUS. pread and pwrite say instead that there is less than there was. They copy once, which also keeps a tensor
// from changing between its check and its use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem::serve {

/// What a client says of a region: [offset, offset + byte_size) of the object `key`, to be called `name`.
struct SharedMemoryRegistration {
  std::string name;
  std::string key;  // of shm_open, with or without the '/' in front
  std::uint64_t offset = 0;
  std::uint64_t byte_size = 0;

  friend bool operator==(const SharedMemoryRegistration&, const SharedMemoryRegistration&) = default;
};

/// Immutable and thread-safe; holds the object open as long as it lives.
class SharedMemoryRegion final {
 public:
  /// An object that may only be read is taken too; write() then fails.
  /// errors   invalid_argument (key, size, a part that the object does not have), not_found, permission_denied,
  ///          resource_exhausted (too many open files)
  static Result<std::shared_ptr<const SharedMemoryRegion>> open(SharedMemoryRegistration registration);

  const SharedMemoryRegistration& registration() const { return registration_; }

  /// Copies [offset, offset + bytes.size()) of the region.
  /// errors   invalid_argument (outside the region, or the client has shrunk the object)
  Status read(std::uint64_t offset, std::span<std::byte> bytes) const;

  /// errors   as read(), and permission_denied (the object may only be read)
  Status write(std::uint64_t offset, std::span<const std::byte> bytes) const;

 private:
  SharedMemoryRegion(SharedMemoryRegistration registration, Descriptor object, bool writable)
      : registration_(std::move(registration)), object_(std::move(object)), writable_(writable) {}

  Status check_inside(std::uint64_t offset, std::uint64_t byte_size) const;
  Error shrunk() const;

  const SharedMemoryRegistration registration_;
  const Descriptor object_;
  const bool writable_;
};

/// Where one tensor lies: a part of a region, which it keeps. Checked to be inside the region.
struct SharedMemorySlice {
  std::shared_ptr<const SharedMemoryRegion> region;  // null: none
  std::uint64_t offset = 0;                          // in the region
  std::uint64_t byte_size = 0;
};

}  // namespace tandem::serve
