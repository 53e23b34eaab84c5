// SPDX-License-Identifier: Apache-2.0
// The signatures that a zip archive's records begin with (APPNOTE.TXT 6.3.10, PKWARE, sections 4.3.7 to 4.3.16).
#pragma once

#include <cstdint>

namespace tandem {

inline constexpr std::uint32_t kZipLocalHeader = 0x04034B50;
inline constexpr std::uint32_t kZipCentralHeader = 0x02014B50;
inline constexpr std::uint32_t kZipEnd = 0x06054B50;  // of the central directory
inline constexpr std::uint32_t kZip64End = 0x06064B50;
inline constexpr std::uint32_t kZip64Locator = 0x07064B50;

}  // namespace tandem
