// SPDX-License-Identifier: Apache-2.0
// An image as text for a terminal: two pixels a character, one above the other.
#pragma once

#include <string>

#include "vision/image.h"

namespace tandem::live {

enum class TerminalColors { kTrue, kPalette256 };

struct CellSize {
  int columns = 0;
  int rows = 0;
};

/// The largest size with the image's aspect inside of `room`; a cell is twice as high as wide.
CellSize fit_cells(const Image& image, CellSize room);

/// U+2580 (upper half block) with the upper pixel as foreground and the lower as background; each row ends with a reset
/// of the colours, and "\r\n". A character's pixel is the mean of the image's pixels that it covers. Empty for a size
/// of nothing.
std::string draw_half_blocks(const Image& image, CellSize size, TerminalColors colors);

}  // namespace tandem::live
