// SPDX-License-Identifier: Apache-2.0
// Header values as text: blanks around them, words whose case does not matter, characters that must not be there
// (RFC 9110, 5.5 and 5.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tandem::serve {

/// Without the spaces and tabs around it.
inline std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether `text` is `lower`, whose ASCII letters are lower-case, in any case.
inline bool equals_lower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// Whether a comma-separated list holds `lower`, whose ASCII letters are lower-case, in any case.
inline bool list_holds(std::string_view list, std::string_view lower) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equals_lower(trim(list.substr(0, comma)), lower)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// Whether a byte of `text` matches: `in_eight` has the high bit of each byte set that may (those behind the first one
/// may have it by a borrow), `in_one` knows.
template <typename InEight, typename InOne>
bool holds_byte(std::string_view text, const InEight& in_eight, const InOne& in_one) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, sizeof(eight));
    if ((in_eight(eight) & 0x8080808080808080U) != 0) break;
  }
  for (; i < text.size(); ++i) {
    if (in_one(static_cast<unsigned char>(text[i]))) return true;
  }
  return false;
}

/// Whether `text` holds a blank, a control character or a byte beyond ASCII.
inline bool holds_invisible(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  return holds_byte(
      text, [](std::uint64_t eight) { return eight | (eight - kOnes * 0x21) | (eight + kOnes); },
      [](unsigned char byte) { return byte <= 0x20 || byte >= 0x7f; });
}

/// Whether `text` holds a control character other than a tab. Bytes beyond ASCII are none.
inline bool holds_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  return holds_byte(
      text,
      [](std::uint64_t eight) {
        const std::uint64_t deleted = eight ^ (kOnes * 0x7f);
        return ((eight - kOnes * 0x20) & ~eight) | ((deleted - kOnes) & ~deleted);
      },
      [](unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; });
}

}  // namespace tandem::serve
