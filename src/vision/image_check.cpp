// SPDX-License-Identifier: Apache-2.0
// Sides, channels and bytes of an image.
#include "vision/image_check.h"

#include <fmt/format.h>

#include "vision/preprocess.h"

namespace tandem {

Status check_image(const Image& image) {
  if (image.width < 1 || image.height < 1 || image.width > kMaxImageSide || image.height > kMaxImageSide) {
    return invalid_argument(
        fmt::format("image: expected sides from 1 to {} pixels, got {}x{}", kMaxImageSide, image.width, image.height));
  }
  if (image.channels != 1 && image.channels != 3) {
    return invalid_argument(fmt::format("image: expected 1 (gray) or 3 (RGB) channels, got {}", image.channels));
  }
  const std::size_t expected = image.pixel_count() * static_cast<std::size_t>(image.channels);
  if (image.pixels.size() != expected) {
    return invalid_argument(fmt::format("image: {}x{} with {} channels needs {} bytes, got {}", image.width,
                                        image.height, image.channels, expected, image.pixels.size()));
  }
  return {};
}

}  // namespace tandem
