// SPDX-License-Identifier: Apache-2.0
// The chain of hashes: written at the end of the file, walked from its start.
#include "store/store_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/descriptor.h"
#include "base/file.h"
#include "store/log_line.h"
#include "store/sha256.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{256} << 20;
/// No line is longer: a change names at most as many versions as a record has (version_record.cpp).
constexpr std::uint64_t kMaxLineBytes = std::uint64_t{2} << 20;

/// The finished last line of a log, and where the next one begins.
struct LogEnd {
  std::string last_line;  // "" in an empty log
  std::uint64_t next = 0;
};

Result<LogEnd> find_end(const Descriptor& fd, const std::filesystem::path& file) {
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail(errno_error("read", file));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const std::uint64_t begin = size - std::min(size, 2 * kMaxLineBytes);
  std::string tail(static_cast<std::size_t>(size - begin), '\0');
  if (::pread(fd.get(), tail.data(), tail.size(), static_cast<off_t>(begin)) != static_cast<ssize_t>(tail.size())) {
    return fail(errno_error("read", file));
  }
  const auto newline = tail.rfind('\n');
  if (newline == std::string::npos) {
    if (begin == 0) return LogEnd{};  // at most an unfinished first line
    return fail(Code::kDataLoss, fmt::format("{} is no log of a store; move it away", file.string()));
  }
  const auto line_begin = newline == 0 ? std::string::npos : tail.rfind('\n', newline - 1);
  const std::size_t from = line_begin == std::string::npos ? 0 : line_begin + 1;
  return LogEnd{tail.substr(from, newline - from), begin + newline + 1};
}

}  // namespace

Result<StoreLog> read_log(const std::filesystem::path& file) {
  StoreLog log;
  Result<std::string> text = read_file(file, kMaxLogBytes);
  if (!text && text.error().code == Code::kNotFound) return log;
  if (!text) return fail(std::move(text).error());
  std::string previous(kNoLineBefore);
  std::string_view rest = *text;
  for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const Result<LogLine> parsed = parse_log_line(line);
    const bool follows = parsed && parsed->previous == previous;
    if (!follows) {
      log.damage = fmt::format(
          "line {}: {}", log.entries.size() + 1,
          parsed ? "it does not follow from the line before: one of them was changed" : parsed.error().message);
      return log;
    }
    log.entries.push_back(parsed->entry);
    previous = sha256_hex(line);
  }
  return log;
}

Status append_log(const std::filesystem::path& file, const LogEntry& entry) {
  const Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (fd.get() < 0) return fail(errno_error("open", file));
  const LogEnd end = TRY(find_end(fd, file));
  if (const auto last = parse_log_line(end.last_line); last && last->entry == entry) return {};
  const std::string previous = end.next == 0 ? std::string(kNoLineBefore) : sha256_hex(end.last_line);
  if (::ftruncate(fd.get(), static_cast<off_t>(end.next)) != 0) return fail(errno_error("write", file));
  if (::lseek(fd.get(), static_cast<off_t>(end.next), SEEK_SET) < 0) return fail(errno_error("write", file));
  TRY(write_all(fd, format_log_line(entry, previous) + "\n", file));
  return sync_file(fd, file);
}

}  // namespace tandem
