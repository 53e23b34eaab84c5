// SPDX-License-Identifier: Apache-2.0
// The plain zip of PKWARE APPNOTE.TXT: local headers with their data, the central directory, its end; no ZIP64.
#include "formats/npz_writer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

#include "formats/npy.h"
#include "formats/zip_records.h"

namespace tandem {
namespace {

constexpr std::uint16_t kVersionNeeded = 20;
/// 1980-01-01, the first day of zip: the same tensors give the same bytes.
constexpr std::uint16_t kDate = 0x21;

struct Member {
  std::string name;  // with ".npy"
  std::uint32_t crc = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;  // of its local header
};

class LittleEndian final {
 public:
  explicit LittleEndian(std::vector<std::byte>& out) : out_(out) {}
  void u16(std::size_t value) { put(value, 2); }
  void u32(std::size_t value) { put(value, 4); }
  void bytes(std::span<const std::byte> data) { out_.insert(out_.end(), data.begin(), data.end()); }
  void text(const std::string& data) { bytes(std::as_bytes(std::span(data))); }

 private:
  void put(std::size_t value, int count) {
    for (int i = 0; i < count; ++i) out_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  std::vector<std::byte>& out_;
};

/// What local header and directory say alike, from the version needed to the length of the extra field.
void write_facts(LittleEndian& out, const Member& member) {
  out.u16(kVersionNeeded);
  out.u16(0);  // flags
  out.u16(0);  // stored
  out.u16(0);  // time
  out.u16(kDate);
  out.u32(member.crc);
  out.u32(member.size);
  out.u32(member.size);
  out.u16(member.name.size());
  out.u16(0);  // no extra field
}

void write_directory(LittleEndian& out, std::span<const Member> members, std::size_t begin,
                     const std::vector<std::byte>& file) {
  for (const Member& member : members) {
    out.u32(kZipCentralHeader);
    out.u16(kVersionNeeded);
    write_facts(out, member);
    out.u16(0);  // no comment
    out.u16(0);  // disk
    out.u16(0);  // internal attributes
    out.u32(0);  // external attributes
    out.u32(member.offset);
    out.text(member.name);
  }
  const std::size_t length = file.size() - begin;
  out.u32(kZipEnd);
  out.u16(0);  // this disk
  out.u16(0);  // that of the directory
  out.u16(members.size());
  out.u16(members.size());
  out.u32(length);
  out.u32(begin);
  out.u16(0);  // no comment
}

}  // namespace

Result<std::vector<std::byte>> write_npz(std::span<const NamedTensor> tensors) {
  constexpr std::size_t kMaxNpzBytes = std::numeric_limits<std::uint32_t>::max() - (1U << 20);
  if (tensors.size() >= std::numeric_limits<std::uint16_t>::max()) {
    return fail(Code::kResourceExhausted, fmt::format("npz: {} arrays are too many for one file", tensors.size()));
  }
  std::vector<std::byte> file;
  std::vector<Member> members;
  LittleEndian out(file);
  for (const NamedTensor& tensor : tensors) {
    const auto array = write_npy(tensor.tensor);
    if (!array) return fail(array.error().with_context(tensor.name));
    if (array->size() > kMaxNpzBytes - std::min(file.size(), kMaxNpzBytes)) {
      return fail(Code::kResourceExhausted, fmt::format("npz: with '{}' the file would exceed 4 GiB", tensor.name));
    }
    const auto* data = reinterpret_cast<const Bytef*>(array->data());
    Member member{tensor.name + ".npy", static_cast<std::uint32_t>(::crc32_z(0, data, array->size())),
                  static_cast<std::uint32_t>(array->size()), static_cast<std::uint32_t>(file.size())};
    out.u32(kZipLocalHeader);
    write_facts(out, member);
    out.text(member.name);
    out.bytes(*array);
    members.push_back(std::move(member));
  }
  write_directory(out, members, file.size(), file);
  return file;
}

}  // namespace tandem
