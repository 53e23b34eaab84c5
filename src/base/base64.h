// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4), strict: no line breaks, correct padding, no stray bits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

/// The bytes that `text` encodes. Errors: invalid_argument, with the offset of the first bad character.
Result<std::vector<std::byte>> decode_base64(std::string_view text);

std::string encode_base64(std::span<const std::byte> bytes);

}  // namespace tandem
