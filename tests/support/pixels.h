// SPDX-License-Identifier: Apache-2.0
// The color of one pixel of an RGB image.
#pragma once

#include <cstddef>

#include "vision/draw.h"

namespace tandem {

inline Color pixel(const Image& image, int x, int y) {
  const std::size_t i = 3 * static_cast<std::size_t>(y * image.width + x);
  return {image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]};
}

}  // namespace tandem
