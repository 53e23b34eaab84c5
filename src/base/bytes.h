// SPDX-License-Identifier: Apache-2.0
// as_text: bytes of a file seen as characters.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tandem {

/// Views the same memory; the bytes need not be text.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tandem
