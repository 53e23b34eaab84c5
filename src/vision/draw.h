// SPDX-License-Identifier: Apache-2.0
// Drawing: a mask of class indices over the image it was made from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "vision/image.h"

namespace tandem {

using Color = std::array<std::uint8_t, 3>;  // red, green, blue

/// The colour of a class: eight that colour-blind people can tell apart (Okabe and Ito), then round again. Class 0, the
/// background, is never drawn.
Color class_color(std::size_t index);

struct DrawOptions {
  double opacity = 0.4;  // 0: only the image, 1: only the colour
  bool contour = true;   // a solid line, one pixel wide, inside each region
};

/// RGB. `mask` is gray, each pixel a class index, of the image's size.
/// Errors: invalid_argument (other sizes, more than one channel in the mask, opacity outside 0..1).
Result<Image> draw_mask(const Image& image, const Image& mask, const DrawOptions& options = {});

}  // namespace tandem
