// SPDX-License-Identifier: Apache-2.0
// Every length is checked here, so that no other file of this folder touches a byte unchecked.
#include "formats/hdf5/metadata.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace tandem::hdf5 {

Result<std::uint64_t> Cursor::number(std::size_t size) {
  const auto bytes = TRY(take(size));
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

Result<std::uint8_t> Cursor::u8() { return static_cast<std::uint8_t>(TRY(number(1))); }
Result<std::uint16_t> Cursor::u16() { return static_cast<std::uint16_t>(TRY(number(2))); }
Result<std::uint32_t> Cursor::u32() { return static_cast<std::uint32_t>(TRY(number(4))); }

Result<std::span<const std::byte>> Cursor::take(std::uint64_t size) {
  if (size > bytes_.size()) {
    return invalid_argument(fmt::format("HDF5: the {} ends too early: it is cut off or damaged", what_));
  }
  const auto taken = bytes_.first(static_cast<std::size_t>(size));
  bytes_ = bytes_.subspan(taken.size());
  return taken;
}

Status Cursor::skip(std::uint64_t size) {
  TRY(take(size));
  return {};
}

Status Cursor::signature(std::string_view letters) {
  if (as_text(TRY(take(letters.size()))) == letters) return {};
  return invalid_argument(fmt::format("HDF5: the {} does not begin with '{}': the file is damaged", what_, letters));
}

Status Cursor::version(std::uint8_t expected) {
  const std::uint8_t found = TRY(u8());
  if (found == expected) return {};
  return fail(Code::kUnimplemented, fmt::format("HDF5: the {} has version {}: expected {}", what_, found, expected));
}

Result<std::span<const std::byte>> Metadata::from(std::uint64_t address, std::string_view what) const {
  if (address >= file_.size()) {
    return invalid_argument(
        fmt::format("HDF5: the {} at byte {} lies outside the file of {} bytes: it is cut off or "
                    "damaged",
                    what, address, file_.size()));
  }
  return file_.subspan(static_cast<std::size_t>(address));
}

Result<std::span<const std::byte>> Metadata::at(std::uint64_t address, std::uint64_t size, std::string_view what) {
  Cursor cursor(TRY(from(address, what)), what);
  const auto bytes = TRY(cursor.take(size));
  TRY(charge(size));
  return bytes;
}

Status Metadata::charge(std::uint64_t bytes) {
  if (bytes > budget_) {
    return fail(Code::kResourceExhausted,
                "HDF5: the file points at the same bytes over and over: it is damaged or made to harm");
  }
  budget_ -= bytes;
  return {};
}

std::string_view text_until_nul(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  return text.substr(0, text.find('\0'));
}

}  // namespace tandem::hdf5
