// SPDX-License-Identifier: Apache-2.0
// Text without orders to the terminal.
#include "live/view.h"

#include <algorithm>

namespace tandem::live {

std::string printable(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; };
  std::replace_if(text.begin(), text.end(), is_control, '?');
  // The 8-bit control characters U+0080 to U+009F, as UTF-8 writes them.
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\xc2' && static_cast<unsigned char>(text[i + 1]) < 0xA0U) text.replace(i, 2, 2, '?');
  }
  return text;
}

}  // namespace tandem::live
