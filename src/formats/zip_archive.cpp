// SPDX-License-Identifier: Apache-2.0
// Reads the central directory, checks every offset, and inflates what is compressed.
#include "formats/zip_archive.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "formats/zip_records.h"

namespace tandem {
namespace {

constexpr std::size_t kEndSize = 22;

using Bytes = std::span<const std::byte>;

template <typename T>
T load(Bytes bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

bool inside(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

tl::unexpected<Error> broken(std::string_view what, std::uint64_t offset) {
  return invalid_argument(fmt::format("zip: {} at offset {}", what, offset));
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

Result<std::size_t> find_end(Bytes file) {
  if (file.size() < kEndSize)
    return invalid_argument(fmt::format("zip: {} bytes are too few for a zip file", file.size()));
  const std::size_t lowest = file.size() - kEndSize > 0xFFFF ? file.size() - kEndSize - 0xFFFF : 0;
  for (std::size_t at = file.size() - kEndSize;; --at) {
    if (load<std::uint32_t>(file, at) == kZipEnd && at + kEndSize + load<std::uint16_t>(file, at + 20) == file.size()) {
      return at;
    }
    if (at == lowest)
      return invalid_argument("zip: no end-of-central-directory record; the file is truncated or no zip");
  }
}

Result<Directory> find_directory(Bytes file) {
  const std::size_t end = TRY(find_end(file));
  Directory directory{load<std::uint16_t>(file, end + 10), load<std::uint32_t>(file, end + 12),
                      load<std::uint32_t>(file, end + 16)};
  if (load<std::uint16_t>(file, end + 4) != 0) return fail(Code::kUnimplemented, "zip: archives of several disks");
  const bool zip64 = directory.entries == 0xFFFF || directory.size == 0xFFFFFFFF || directory.offset == 0xFFFFFFFF;
  if (zip64 || (end >= 20 && load<std::uint32_t>(file, end - 20) == kZip64Locator)) {
    if (end < 20 || load<std::uint32_t>(file, end - 20) != kZip64Locator) return broken("no ZIP64 locator", end);
    const auto at = load<std::uint64_t>(file, end - 20 + 8);
    if (!inside(file, at, 56) || load<std::uint32_t>(file, at) != kZip64End) return broken("no ZIP64 end record", at);
    directory = {load<std::uint64_t>(file, at + 32), load<std::uint64_t>(file, at + 40),
                 load<std::uint64_t>(file, at + 48)};
  }
  if (!inside(file, directory.offset, directory.size))
    return broken("the central directory leaves the file", directory.offset);
  return directory;
}

/// A member's name for a sentence: control characters would garble the terminal of whoever reads it.
std::string printable(std::string_view name) {
  std::string text(name);
  std::replace_if(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, '?');
  return text;
}

Status check_name(std::string_view name) {
  const bool bad_character = std::any_of(
      name.begin(), name.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F || byte == '\\'; });
  if (name.empty() || name.front() == '/' || bad_character) {
    return invalid_argument(fmt::format("zip: member name '{}' is not allowed", printable(name)));
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") {
      return invalid_argument(fmt::format("zip: member name '{}' leaves the archive", printable(name)));
    }
    begin = end + 1;
  }
  return {};
}

/// What one central header says; sizes and offset already widened by the ZIP64 extra field.
struct Entry {
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;
  std::uint64_t local_offset = 0;
  std::uint64_t header_bytes = 0;
  ZipMember member;
};

Status apply_zip64(Bytes extra, Entry& entry) {
  std::size_t at = 0;
  while (extra.size() - at >= 4) {
    const auto id = load<std::uint16_t>(extra, at);
    const std::size_t length = load<std::uint16_t>(extra, at + 2);
    at += 4;
    if (length > extra.size() - at) return invalid_argument("zip: an extra field leaves its header");
    if (id == 1) {
      std::size_t used = 0;
      for (std::uint64_t* field : {&entry.size, &entry.compressed, &entry.local_offset}) {
        if (*field != 0xFFFFFFFF) continue;
        if (length - used < 8) return invalid_argument("zip: a ZIP64 extra field is too short");
        *field = load<std::uint64_t>(extra, at + used);
        used += 8;
      }
    }
    at += length;
  }
  return {};
}

Result<Entry> read_central(Bytes file, std::uint64_t at, std::uint64_t end) {
  if (end - at < 46 || load<std::uint32_t>(file, at) != kZipCentralHeader)
    return broken("no central directory entry", at);
  const auto flags = load<std::uint16_t>(file, at + 8);
  const auto method = load<std::uint16_t>(file, at + 10);
  const std::uint64_t name_size = load<std::uint16_t>(file, at + 28);
  const std::uint64_t extra_size = load<std::uint16_t>(file, at + 30);
  const std::uint64_t comment_size = load<std::uint16_t>(file, at + 32);
  Entry entry;
  entry.header_bytes = 46 + name_size + extra_size + comment_size;
  if (entry.header_bytes > end - at) return broken("a central directory entry leaves the directory", at);
  entry.member.name = as_text(file.subspan(at + 46, name_size));
  TRY(check_name(entry.member.name));
  if ((flags & 1U) != 0) return fail(Code::kUnimplemented, fmt::format("zip: '{}' is encrypted", entry.member.name));
  if (method != 0 && method != 8) {
    return fail(Code::kUnimplemented, fmt::format("zip: '{}' uses compression method {}; stored and deflate are read",
                                                  entry.member.name, method));
  }
  entry.member.deflated = method == 8;
  entry.member.crc32 = load<std::uint32_t>(file, at + 16);
  entry.compressed = load<std::uint32_t>(file, at + 20);
  entry.size = load<std::uint32_t>(file, at + 24);
  entry.local_offset = load<std::uint32_t>(file, at + 42);
  TRY(apply_zip64(file.subspan(at + 46 + name_size, extra_size), entry));
  entry.member.size = entry.size;
  return entry;
}

/// Finds the member's data behind its local header, whose extra field may differ from the directory's (padding).
Status locate(Bytes file, Entry& entry) {
  const std::uint64_t at = entry.local_offset;
  if (!inside(file, at, 30) || load<std::uint32_t>(file, at) != kZipLocalHeader) {
    return broken(fmt::format("no local header of '{}'", entry.member.name), at);
  }
  const std::uint64_t name_size = load<std::uint16_t>(file, at + 26);
  const std::uint64_t skip = 30 + name_size + load<std::uint16_t>(file, at + 28);
  if (!inside(file, at, skip) || !inside(file, at + skip, entry.compressed)) {
    return broken(fmt::format("'{}' leaves the file", entry.member.name), at);
  }
  const std::string_view local_name = as_text(file.subspan(at + 30, name_size));
  if (local_name != entry.member.name) {
    return broken(fmt::format("'{}' has another name in its local header", entry.member.name), at);
  }
  if (!entry.member.deflated && entry.compressed != entry.size) {
    return broken(fmt::format("'{}' is stored but has two sizes", entry.member.name), at);
  }
  entry.member.data = file.subspan(at + skip, entry.compressed);
  return {};
}

Status check_overlaps(std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) return broken("two members overlap", ranges[i].first);
  }
  return {};
}

}  // namespace

Result<ZipArchive> ZipArchive::open(Bytes file, ZipLimits limits) {
  const Directory directory = TRY(find_directory(file));
  if (directory.entries > limits.members) {
    return fail(Code::kResourceExhausted,
                fmt::format("zip: {} members; at most {} are read", directory.entries, limits.members));
  }
  ZipArchive archive;
  archive.limits_ = limits;
  std::uint64_t room = limits.expanded_bytes + limits.expansion * file.size();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::uint64_t at = directory.offset;
  const std::uint64_t end = directory.offset + directory.size;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    Entry entry = TRY(read_central(file, at, end));
    TRY(locate(file, entry));
    const auto data_end = static_cast<std::uint64_t>(entry.member.data.data() - file.data()) + entry.compressed;
    if (data_end > directory.offset && entry.local_offset < end) {
      return broken(fmt::format("'{}' overlaps the central directory", entry.member.name), entry.local_offset);
    }
    if (entry.member.deflated && entry.size > room) {
      return fail(Code::kResourceExhausted,
                  fmt::format("zip: the members expand to more than {} times the file's {} bytes", limits.expansion,
                              file.size()));
    }
    if (entry.member.deflated) room -= entry.size;
    ranges.emplace_back(entry.local_offset, data_end);
    at += entry.header_bytes;
    archive.members_.push_back(std::move(entry.member));
  }
  TRY(check_overlaps(std::move(ranges)));

  archive.by_name_.resize(archive.members_.size());
  for (std::size_t i = 0; i < archive.by_name_.size(); ++i) archive.by_name_[i] = i;
  const auto name = [&](std::size_t index) -> const std::string& { return archive.members_[index].name; };
  std::sort(archive.by_name_.begin(), archive.by_name_.end(), [&](auto a, auto b) { return name(a) < name(b); });
  const auto twin = std::adjacent_find(archive.by_name_.begin(), archive.by_name_.end(),
                                       [&](auto a, auto b) { return name(a) == name(b); });
  if (twin != archive.by_name_.end())
    return invalid_argument(fmt::format("zip: two members are named '{}'", name(*twin)));
  return archive;
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [&](std::size_t index, std::string_view key) { return members_[index].name < key; });
  return found != by_name_.end() && members_[*found].name == name ? &members_[*found] : nullptr;
}

Result<std::vector<std::byte>> ZipArchive::read(const ZipMember& member) const {
  if (member.size > limits_.inflated_bytes) {
    return fail(Code::kResourceExhausted, fmt::format("zip: '{}' has {} bytes; at most {} are read", member.name,
                                                      member.size, limits_.inflated_bytes));
  }
  // Deflate cannot shrink by more than 1032:1 (zlib technical details), so a larger claim is a lie told to make us
  // allocate.
  if (member.deflated && member.size / 1032 > member.data.size() + 1) {
    return invalid_argument(fmt::format("zip: '{}' claims an impossible size", member.name));
  }
  std::vector<std::byte> bytes(member.size);
  if (!member.deflated) {
    std::copy(member.data.begin(), member.data.end(), bytes.begin());
  } else {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return internal_error("zip: zlib does not start");
    std::size_t consumed = 0;
    std::size_t produced = 0;
    int code = Z_OK;
    while (code == Z_OK) {
      constexpr std::size_t kStep = 1U << 30;
      std::byte nothing{};
      const std::size_t in = std::min(kStep, member.data.size() - consumed);
      const std::size_t out = std::min(kStep, bytes.size() - produced);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(member.data.data() + consumed));
      stream.avail_in = static_cast<uInt>(in);
      stream.next_out = reinterpret_cast<Bytef*>(out > 0 ? bytes.data() + produced : &nothing);
      stream.avail_out = static_cast<uInt>(out);
      code = inflate(&stream, Z_NO_FLUSH);
      consumed += in - stream.avail_in;
      produced += out - stream.avail_out;
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END || produced != bytes.size()) {
      return invalid_argument(
          fmt::format("zip: '{}' is damaged: {} of {} bytes inflated", member.name, produced, member.size));
    }
  }
  std::uint64_t done = 0;
  uLong crc = ::crc32(0, nullptr, 0);
  while (done < bytes.size()) {
    const auto step = static_cast<uInt>(std::min<std::uint64_t>(bytes.size() - done, 1U << 30));
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data() + done), step);
    done += step;
  }
  if (crc != member.crc32)
    return fail(Code::kDataLoss, fmt::format("zip: '{}' is damaged: its CRC-32 is wrong", member.name));
  return bytes;
}

}  // namespace tandem
