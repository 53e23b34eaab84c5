// SPDX-License-Identifier: Apache-2.0
// Bytes reach the disk under a temporary name, and their own name by one rename.
#include "store/store_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "store/version_record.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

Result<Descriptor> open_source(const fs::path& source, std::uint64_t& size) {
  // Without O_NONBLOCK a named pipe would be waited for.
  Descriptor fd(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return fail(errno_error("open", source));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail(errno_error("read", source));
  if (!S_ISREG(info.st_mode)) {
    return invalid_argument(fmt::format("{} is not a regular file; give the path of a file", source.string()));
  }
  size = static_cast<std::uint64_t>(info.st_size);
  return fd;
}

/// Copies until the source ends, and returns when the copy is on the disk.
Result<FileDigest> copy_bytes(const fs::path& source, const Descriptor& to, const fs::path& destination,
                              const CopyProgress& progress) {
  std::uint64_t size = 0;
  const Descriptor from = TRY(open_source(source, size));
  Sha256 hash;
  FileDigest digest;
  std::vector<char> block(kBlockBytes);
  for (;;) {
    const ssize_t got = ::read(from.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", source));
    if (got == 0) break;
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    hash.update(std::as_bytes(std::span(bytes)));
    TRY(write_all(to, bytes, destination));
    digest.bytes += bytes.size();
    if (progress) progress(digest.bytes, size);
  }
  TRY(sync_file(to, destination));
  digest.sha256 = hash.hex();
  return digest;
}

Result<Descriptor> make_temporary(const StoreLayout& layout, fs::path& path) {
  std::string name = (layout.temporary() / "XXXXXX").string();
  Descriptor fd(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.get() < 0) return fail(errno_error("create a file in", layout.temporary()));
  path = name;
  return fd;
}

Error lost_blob(const fs::path& blob, std::string_view why) {
  return {Code::kDataLoss, fmt::format("{} {}; restore it from a backup, or remove that version", blob.string(), why)};
}

Status rename_over(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return fail(errno_error("replace", to));
  sync_folder(to.parent_path());
  return {};
}

/// A copy of the blob at `temporary`, checked on the way.
Status copy_blob(const fs::path& blob, const FileDigest& digest, const fs::path& temporary) {
  const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (fd.get() < 0) return fail(errno_error("create", temporary));
  const auto copied = copy_bytes(blob, fd, temporary, {});
  if (!copied && copied.error().code == Code::kNotFound) return fail(lost_blob(blob, "is missing"));
  if (!copied) return fail(copied.error());
  if (*copied != digest) return fail(lost_blob(blob, "is damaged: its hash is not its name"));
  return {};
}

}  // namespace

Result<StagedFile> StagedFile::copy(const fs::path& source, const StoreLayout& layout, const CopyProgress& progress) {
  fs::path path;
  const Descriptor fd = TRY(make_temporary(layout, path));
  StagedFile staged(std::move(path));
  staged.digest_ = TRY(copy_bytes(source, fd, staged.path_, progress));
  return staged;
}

Result<StagedFile> StagedFile::write(std::string_view bytes, const StoreLayout& layout) {
  fs::path path;
  const Descriptor fd = TRY(make_temporary(layout, path));
  StagedFile staged(std::move(path));
  TRY(write_all(fd, bytes, staged.path_));
  TRY(sync_file(fd, staged.path_));
  staged.digest_ = {sha256_hex(bytes), bytes.size()};
  return staged;
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), digest_(std::move(other.digest_)) {}

StagedFile::~StagedFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status StagedFile::keep(FileKind kind, const StoreLayout& layout) {
  const fs::path blob = layout.blob(kind, digest_.sha256);
  std::error_code error;
  if (is_plain_file(blob) && fs::file_size(blob, error) == digest_.bytes) return {};
  TRY(make_folders(blob.parent_path()));
  sync_folder(layout.blobs());
  if (::chmod(path_.c_str(), 0444) != 0) return fail(errno_error("protect", path_));
  TRY(rename_over(path_, blob));
  path_.clear();
  return {};
}

bool holds(const fs::path& file, FileKind kind, const FileDigest& digest, const StoreLayout& layout) {
  std::error_code error;
  if (fs::equivalent(file, layout.blob(kind, digest.sha256), error)) return true;
  if (!is_plain_file(file) || fs::file_size(file, error) != digest.bytes) return false;
  const auto found = digest_file(file);
  return found && *found == digest;
}

Status publish_file(FileKind kind, std::string_view name, const FileDigest& digest, const StoreLayout& layout) {
  const fs::path destination = layout.plain(kind, name);
  if (holds(destination, kind, digest, layout)) return {};
  const fs::path blob = layout.blob(kind, digest.sha256);
  // Always the same name, so that what a crash leaves is overwritten by the next try.
  const fs::path temporary = destination.parent_path() / fmt::format(".{}.tandem", destination.filename().string());
  TRY(make_folders(destination.parent_path()));
  ::unlink(temporary.c_str());
  const bool linked = kind == FileKind::kWeights && ::link(blob.c_str(), temporary.c_str()) == 0;
  Status placed = linked ? Status() : copy_blob(blob, digest, temporary);
  if (placed) placed = rename_over(temporary, destination);
  if (!placed) ::unlink(temporary.c_str());
  return placed;
}

Status withdraw_file(FileKind kind, std::string_view name, const StoreLayout& layout) {
  const fs::path path = layout.plain(kind, name);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(errno_error("remove", path));
  sync_folder(path.parent_path());
  return {};
}

Result<std::uint64_t> sweep_blobs(const StoreLayout& layout) {
  std::set<fs::path> named;
  for (const std::string& name : TRY(list_records(layout))) {
    const auto record = TRY(read_record(layout, name));
    if (!record) continue;
    for (const RecordedVersion& version : record->versions) {
      for (const FileKind kind : kFileKinds) {
        if (const FileDigest* digest = version.file(kind)) named.insert(layout.blob(kind, digest->sha256));
      }
    }
  }
  std::uint64_t freed = 0;
  std::error_code error;
  fs::recursive_directory_iterator files(layout.blobs(), error);
  for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
    const fs::path path = files->path();
    if (!is_plain_file(path) || !is_sha256_hex(path.stem().string()) || named.contains(path)) continue;
    std::error_code unknown;
    const std::uintmax_t bytes = fs::file_size(path, unknown);
    if (::unlink(path.c_str()) == 0 && !unknown) freed += bytes;
  }
  return freed;
}

Status make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  const Code code = error == std::errc::no_space_on_device ? Code::kResourceExhausted : Code::kPermissionDenied;
  return fail(code, fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
}

}  // namespace tandem
