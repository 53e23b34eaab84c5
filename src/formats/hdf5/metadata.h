// SPDX-License-Identifier: Apache-2.0
// Hdf5Metadata and Hdf5Cursor: the structures of an HDF5 file, read with bounds and with a budget.
//
// Source of everything in this folder: HDF5 File Format Specification Version 3.0 (The HDF Group).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace tandem::hdf5 {

/// The address of what was never written.
inline constexpr std::uint64_t kUndefinedAddress = ~std::uint64_t{0};

/// Reads one structure front to back. All numbers are little-endian. Errors: invalid_argument, naming the structure.
class Cursor final {
 public:
  /// `what` names the structure in errors; it must outlive the cursor.
  Cursor(std::span<const std::byte> bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  /// An unsigned number of `size` bytes, 1 to 8.
  Result<std::uint64_t> number(std::size_t size);
  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64() { return number(8); }
  Result<std::span<const std::byte>> take(std::uint64_t size);
  Status skip(std::uint64_t size);
  /// Four letters that must stand here.
  Status signature(std::string_view letters);
  /// One byte that must have this value, of which the error says what it is.
  Status version(std::uint8_t expected);

  std::size_t remaining() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  std::string_view what_;
};

/// Hands out the bytes of structures by address. A file may point many times at the same bytes; the budget bounds how
/// much is looked at all together, whatever the file says. Not thread-safe.
class Metadata final {
 public:
  explicit Metadata(std::span<const std::byte> file) : file_(file), budget_(file.size() * 8 + (std::size_t{1} << 20)) {}

  std::span<const std::byte> file() const { return file_; }
  /// Errors: invalid_argument (outside the file), resource_exhausted (the budget is spent).
  Result<std::span<const std::byte>> at(std::uint64_t address, std::uint64_t size, std::string_view what);
  /// From the address to the end of the file, for structures that tell their size themselves; charge() follows.
  Result<std::span<const std::byte>> from(std::uint64_t address, std::string_view what) const;
  /// Errors: resource_exhausted.
  Status charge(std::uint64_t bytes);

 private:
  std::span<const std::byte> file_;
  std::uint64_t budget_;
};

/// The bytes up to the first NUL, or all of them.
std::string_view text_until_nul(std::span<const std::byte> bytes);

}  // namespace tandem::hdf5
