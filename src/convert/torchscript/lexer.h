// SPDX-License-Identifier: Apache-2.0
// Tokens of TorchScript code, with Python's indentation as tokens of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem::convert::torchscript {

enum class TokenKind : std::uint8_t { kName, kNumber, kString, kSign, kLineEnd, kIndent, kDedent, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // of a string what it means, without quotes
  std::size_t line = 0;
};

/// Ends with kEnd. Errors: invalid_argument with the line (a character that the language has not, an open string or
/// bracket, indentation that fits no line before), resource_exhausted (too many tokens).
Result<std::vector<Token>> tokenize(std::string_view code);

}  // namespace tandem::convert::torchscript
