// SPDX-License-Identifier: Apache-2.0
// shm_open, pread and pwrite; every number is checked before the kernel sees it.
#include "serve/shared_memory/shared_memory_region.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <string_view>
#include <utility>

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxKeyBytes = 254;  // NAME_MAX, less the '/'
// Named semaphores live among the shared memory objects; writing into one breaks the programs that use it.
constexpr std::string_view kSemaphorePrefix = "sem.";

std::string shown(std::string_view key) {
  return key.size() > 64 ? std::string(key.substr(0, 64)) + "..." : std::string(key);
}

/// "/key", which shm_open wants.
Result<std::string> object_name(std::string_view key) {
  std::string_view bare = key;
  if (bare.starts_with('/')) bare.remove_prefix(1);
  const bool has_bad_character = bare.find('/') != std::string_view::npos || bare.find('\0') != std::string_view::npos;
  if (bare.empty() || bare == "." || bare == ".." || bare.size() > kMaxKeyBytes || has_bad_character) {
    return invalid_argument(fmt::format(
        "shared memory key '{}': expected 1 to {} characters without a '/' but the first", shown(key), kMaxKeyBytes));
  }
  if (bare.starts_with(kSemaphorePrefix)) {
    return invalid_argument(
        fmt::format("shared memory key '{}': names that begin with '{}' belong to semaphores; choose another",
                    shown(key), kSemaphorePrefix));
  }
  return '/' + std::string(bare);
}

Error open_error(int code, const std::string& name) {
  switch (code) {
    case ENOENT:
      return {
          Code::kNotFound,
          fmt::format("there is no shared memory object '{}' that this server can see: create it first, on the same "
                      "machine (in containers: with a shared IPC namespace)",
                      name)};
    case EACCES:
      return {Code::kPermissionDenied,
              fmt::format("shared memory object '{}' may not be opened by the server's user; check its mode and owner",
                          name)};
    default: errno = code; return errno_error("open shared memory object", name);
  }
}

struct OpenObject {
  Descriptor descriptor;
  bool writable = true;
};

Result<OpenObject> open_object(const std::string& name) {
  // Not blocking: what bears the name may be no file at all.
  OpenObject object{Descriptor(::shm_open(name.c_str(), O_RDWR | O_NONBLOCK, 0)), true};
  if (!object.descriptor.is_open() && errno == EACCES) {
    object = OpenObject{Descriptor(::shm_open(name.c_str(), O_RDONLY | O_NONBLOCK, 0)), false};
  }
  if (!object.descriptor.is_open()) return fail(open_error(errno, name));
  return object;
}

Result<std::uint64_t> size_of(const Descriptor& object, const std::string& name) {
  struct stat status{};
  if (::fstat(object.get(), &status) != 0) return fail(errno_error("examine shared memory object", name));
  if (!S_ISREG(status.st_mode)) return invalid_argument(fmt::format("'{}' is not a shared memory object", name));
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Result<std::shared_ptr<const SharedMemoryRegion>> SharedMemoryRegion::open(SharedMemoryRegistration registration) {
  const std::string name = TRY(object_name(registration.key));
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (registration.byte_size == 0) return invalid_argument("byte_size: expected at least 1, got 0");
  if (registration.offset > kMax || registration.byte_size > kMax - registration.offset) {
    return invalid_argument(fmt::format("offset {} and byte_size {} together are more than a file can have",
                                        registration.offset, registration.byte_size));
  }
  OpenObject object = TRY(open_object(name));
  const std::uint64_t size = TRY(size_of(object.descriptor, name));
  if (registration.offset + registration.byte_size > size) {
    return invalid_argument(
        fmt::format("shared memory object '{}' has {} bytes, expected at least {}: offset {} and byte_size {}", name,
                    size, registration.offset + registration.byte_size, registration.offset, registration.byte_size));
  }
  return std::shared_ptr<const SharedMemoryRegion>(
      new SharedMemoryRegion(std::move(registration), std::move(object.descriptor), object.writable));
}

Status SharedMemoryRegion::check_inside(std::uint64_t offset, std::uint64_t byte_size) const {
  if (offset <= registration_.byte_size && byte_size <= registration_.byte_size - offset) return {};
  return invalid_argument(fmt::format("shared memory region '{}' has {} bytes, expected {} from offset {}",
                                      registration_.name, registration_.byte_size, byte_size, offset));
}

Error SharedMemoryRegion::shrunk() const {
  return {
      Code::kInvalidArgument,
      fmt::format("shared memory object '{}' of region '{}' has been made smaller since it was registered; register "
                  "it anew",
                  registration_.key, registration_.name)};
}

Status SharedMemoryRegion::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  TRY(check_inside(offset, bytes.size()));
  auto position = static_cast<off_t>(registration_.offset + offset);
  while (!bytes.empty()) {
    const ssize_t got = ::pread(object_.get(), bytes.data(), bytes.size(), position);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read shared memory object", registration_.key));
    if (got == 0) return fail(shrunk());
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    position += got;
  }
  return {};
}

Status SharedMemoryRegion::write(std::uint64_t offset, std::span<const std::byte> bytes) const {
  TRY(check_inside(offset, bytes.size()));
  if (!writable_) {
    return fail(Code::kPermissionDenied,
                fmt::format("shared memory object '{}' may only be read by the server's user", registration_.key));
  }
  // pwrite would make the object larger again, at the cost of memory that nobody asked for.
  const std::uint64_t size = TRY(size_of(object_, registration_.key));
  if (registration_.offset + offset + bytes.size() > size) return fail(shrunk());
  auto position = static_cast<off_t>(registration_.offset + offset);
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(object_.get(), bytes.data(), bytes.size(), position);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(errno_error("write shared memory object", registration_.key));
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    position += put;
  }
  return {};
}

}  // namespace tandem::serve
