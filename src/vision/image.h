// SPDX-License-Identifier: Apache-2.0
// Image: 8-bit pixels, the common currency between decoders, preprocessing, drawing and encoders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem {

/// Row-major, interleaved, no padding between rows. channels is 1 (gray) or 3 (RGB).
struct Image {
  int width = 0;
  int height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;  // [height, width, channels]

  std::size_t pixel_count() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
  friend bool operator==(const Image&, const Image&) = default;
};

}  // namespace tandem
