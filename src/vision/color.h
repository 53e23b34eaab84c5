// SPDX-License-Identifier: Apache-2.0
// Colour: gray from RGB, and how bright the border of an image is.
#pragma once

#include <cstdint>

#include "vision/image.h"

namespace tandem {

/// ITU-R BT.601 luma with Pillow's integers: (19595 R + 38470 G + 7471 B + 32768) >> 16. OpenCV's rounding differs from
/// it by at most 1.
inline std::uint8_t luma(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595U * red + 38470U * green + 7471U * blue + 32768U) >> 16);
}

/// The image itself when it is gray already.
Image to_gray(const Image& image);

/// Each gray value three times; the image itself when it is RGB already.
Image to_rgb(const Image& image);

/// Mean luma, 0..255, of the outermost rows and columns, corners counted once. The image is not empty.
double border_brightness(const Image& image);

}  // namespace tandem
