// SPDX-License-Identifier: Apache-2.0
// NumPy's fixed-width strings, |S (bytes) and <U (UTF-32), to and from std::string; private to formats.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem {

/// The bytes up to the trailing NULs.
std::string read_byte_string(std::span<const std::byte> element);

/// UTF-8 of UTF-32 code units up to the trailing NULs. Errors: invalid_argument (not a Unicode character).
Result<std::string> read_unicode_string(std::span<const std::byte> element, bool big_endian);

/// The code points of UTF-8; nothing when it is malformed (overlong, surrogate, beyond U+10FFFF, cut off).
std::optional<std::u32string> decode_utf8(std::string_view text);

}  // namespace tandem
