// SPDX-License-Identifier: Apache-2.0
// Table-driven base64.
#include "base/base64.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace tandem {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kBad = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kBad);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

tl::unexpected<Error> bad_character(std::string_view text, std::size_t offset) {
  return invalid_argument(fmt::format("base64: character {:#04x} at offset {} is not allowed",
                                      static_cast<unsigned>(static_cast<unsigned char>(text[offset])), offset));
}

}  // namespace

Result<std::vector<std::byte>> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return invalid_argument(fmt::format("base64: the length {} is not a multiple of 4", text.size()));
  }
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t symbols = text.size() - padding;

  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < symbols; ++i) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
    if (value == kBad) return bad_character(text, i);
    bits = bits << 6 | value;
    if (i % 4 == 3) {
      bytes.push_back(static_cast<std::byte>(bits >> 16 & 0xFF));
      bytes.push_back(static_cast<std::byte>(bits >> 8 & 0xFF));
      bytes.push_back(static_cast<std::byte>(bits & 0xFF));
      bits = 0;
    }
  }
  if (padding == 1) {
    if ((bits & 0x3U) != 0) return bad_character(text, symbols - 1);
    bytes.push_back(static_cast<std::byte>(bits >> 10 & 0xFF));
    bytes.push_back(static_cast<std::byte>(bits >> 2 & 0xFF));
  } else if (padding == 2) {
    if ((bits & 0xFU) != 0) return bad_character(text, symbols - 1);
    bytes.push_back(static_cast<std::byte>(bits >> 4 & 0xFF));
  }
  return bytes;
}

std::string encode_base64(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto at = [&](std::size_t k) { return k < left ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0U; };
    const std::uint32_t bits = at(0) << 16 | at(1) << 8 | at(2);
    text += kAlphabet[bits >> 18 & 0x3F];
    text += kAlphabet[bits >> 12 & 0x3F];
    text += left > 1 ? kAlphabet[bits >> 6 & 0x3F] : '=';
    text += left > 2 ? kAlphabet[bits & 0x3F] : '=';
  }
  return text;
}

}  // namespace tandem
