// SPDX-License-Identifier: Apache-2.0
// The largest region of one class in a mask, as its area and moments.
#pragma once

#include <cstdint>
#include <optional>

#include "vision/image.h"

namespace tandem::carotid {

/// Pixels that hang together. Lengths are pixels; the centre of pixel j is j + 0.5.
struct Region {
  std::int64_t area_px = 0;
  bool touches_border = false;  // has a pixel in the image's outermost rows or columns
  double mean_x = 0, mean_y = 0;
  double variance_x = 0, variance_y = 0, covariance = 0;  // of the pixels' centres
};

/// Holes of the class are filled (what a 4-connected path from outside the mask does not reach), then the largest
/// 4-connected component is taken; the first in reading order among equals. Nothing when no pixel has that value.
/// mask  gray, each pixel a class index
std::optional<Region> largest_region(const Image& mask, std::uint8_t value);

}  // namespace tandem::carotid
