// SPDX-License-Identifier: Apache-2.0
// POSIX file access behind base/file.h.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "base/file_replacement.h"

namespace tandem {
namespace {

Result<std::size_t> regular_size(const Descriptor& fd, const std::filesystem::path& path) {
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail(errno_error("read", path));
  if (!S_ISREG(info.st_mode)) {
    return invalid_argument(fmt::format("{} is not a regular file; give the path of a file", path.string()));
  }
  return static_cast<std::size_t>(info.st_size);
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail(errno_error("open", path));
  const std::size_t size = TRY(regular_size(fd, path));
  if (size > limit_bytes) {
    return fail(Code::kResourceExhausted,
                fmt::format("{} has {} bytes; at most {} are read here", path.string(), size, limit_bytes));
  }
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(fd.get(), bytes.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", path));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

Status write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  return write_file_atomic(path, std::span(&bytes, 1));
}

Status write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> pieces) {
  FileReplacement file = TRY(FileReplacement::open(path));
  for (const std::string_view piece : pieces) TRY(file.append(piece));
  return file.commit();
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail(errno_error("open", path));
  const std::size_t size = TRY(regular_size(fd, path));
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return fail(errno_error("map", path));
  return MappedFile(static_cast<const std::byte*>(data), size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::filesystem::path program_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

}  // namespace tandem
