// SPDX-License-Identifier: Apache-2.0
// decode_image: PNG and JPEG bytes, from anywhere, to pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "vision/image.h"

namespace tandem {

struct DecodeLimits {
  std::uint64_t max_pixels = std::uint64_t{64} << 20;  // 64 megapixels
};

/// Recognized by content, never by name. What comes out:
/// - gray files give 1 channel, all others 3 (RGB); palettes are resolved; 1, 2 and 4 bits are spread to 8; 16 bits are
///   rounded to 8
/// - alpha is composited over black; gamma and colour profiles are ignored (as Pillow and OpenCV do)
/// - CMYK and YCCK JPEGs become RGB without a profile; Adobe's inverted ones are recognized
/// - the EXIF orientation of a JPEG is honoured
/// A file with damage that a lenient decoder would paper over (truncated, bad checksum) is refused.
/// Errors: invalid_argument, before any memory for pixels is taken when the size exceeds the limits.
Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits = {});

}  // namespace tandem
