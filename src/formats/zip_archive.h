// SPDX-License-Identifier: Apache-2.0
// ZipArchive: the members of a zip file as views into its bytes; hostile input is refused with a sentence.
//
// Source: PKWARE APPNOTE.TXT 6.3.10 (local headers, central directory, ZIP64, data descriptors).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

struct ZipMember {
  std::string name;                 // as stored; never absolute, never with a ".." part
  std::span<const std::byte> data;  // as stored in the file: compressed when `deflated`
  std::uint64_t size = 0;           // uncompressed bytes, as the directory says
  std::uint32_t crc32 = 0;          // of the uncompressed bytes
  bool deflated = false;            // method 8; otherwise stored (method 0)
};

struct ZipLimits {
  std::size_t members = 1U << 20;
  std::uint64_t inflated_bytes = std::uint64_t{1} << 32;  // for one member
  // All compressed members together, as the directory has them: so much, and so many times the file's size.
  std::uint64_t expanded_bytes = std::uint64_t{256} << 20;
  std::uint64_t expansion = 64;
};

/// Borrows the file's bytes: they must outlive the archive and every span it gives out. Immutable; thread-safe.
class ZipArchive final {
 public:
  /// Errors: invalid_argument (what is wrong, and at which offset or member), unimplemented (encryption, other methods,
  /// more than one disk), resource_exhausted (limits).
  static Result<ZipArchive> open(std::span<const std::byte> file, ZipLimits limits = {});

  /// In the order of the central directory.
  const std::vector<ZipMember>& members() const { return members_; }

  /// Null when there is none.
  const ZipMember* find(std::string_view name) const;

  /// The uncompressed bytes, checked against size and CRC-32. A stored member is copied; use `data` to avoid that.
  Result<std::vector<std::byte>> read(const ZipMember& member) const;

 private:
  ZipArchive() = default;
  ZipLimits limits_;
  std::vector<ZipMember> members_;
  std::vector<std::size_t> by_name_;  // indices into members_, sorted by name
};

}  // namespace tandem
