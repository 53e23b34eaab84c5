// SPDX-License-Identifier: Apache-2.0
// A file without a name where there are such, else mkostemp; write, fsync, link or rename.
#include "base/file_replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kWriteBackBytes = 8 << 20;  // small files are left to fsync
constexpr std::size_t kAppendStep = 8 << 20;        // of one large piece

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// A file under a name of its own beside `path`; `name` becomes that name.
Descriptor make_temporary(const fs::path& path, fs::path& name) {
  std::string text = (folder_of(path) / fmt::format(".{}.XXXXXX", path.filename().string())).string();
  Descriptor fd(::mkostemp(text.data(), O_CLOEXEC));
  if (fd.is_open()) name = text;
  return fd;
}

}  // namespace

Result<FileReplacement> FileReplacement::open(const fs::path& path) {
  const fs::path folder = folder_of(path);
  fs::path temporary;
  Descriptor fd(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644));
  if (!fd.is_open()) fd = make_temporary(path, temporary);
  if (!fd.is_open()) return fail(errno_error("create a file in", folder));
  ::fchmod(fd.get(), 0644);
  return FileReplacement(path, std::move(temporary), std::move(fd));
}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      appended_(other.appended_),
      handed_over_(other.handed_over_) {}

FileReplacement::~FileReplacement() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status FileReplacement::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kAppendStep);
    TRY(write_all(fd_, part, path_));
    bytes.remove_prefix(part.size());
    appended_ += part.size();
    begin_write_back();
  }
  return {};
}

// It is advice: where the kernel does not take it, fsync writes everything.
void FileReplacement::begin_write_back() {
  if (appended_ - handed_over_ < kWriteBackBytes) return;
  static_cast<void>(::sync_file_range(fd_.get(), static_cast<off64_t>(handed_over_),
                                      static_cast<off64_t>(appended_ - handed_over_), SYNC_FILE_RANGE_WRITE));
  handed_over_ = appended_;
}

Status FileReplacement::commit() {
  TRY(sync_file(fd_, path_));
  TRY(take_place());
  fd_.close();
  sync_folder(folder_of(path_));
  return {};
}

// A link takes no place that is taken, a rename does.
Status FileReplacement::take_place() {
  if (temporary_.empty()) {
    const std::string nameless = fmt::format("/proc/self/fd/{}", fd_.get());
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    if (errno != EEXIST) return fail(errno_error("create", path_));
    fs::path free_name;
    if (!make_temporary(path_, free_name).is_open()) return fail(errno_error("create a file in", folder_of(path_)));
    ::unlink(free_name.c_str());
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, free_name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return fail(errno_error("create", free_name));
    }
    temporary_ = std::move(free_name);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return fail(errno_error("replace", path_));
  temporary_.clear();
  return {};
}

}  // namespace tandem
