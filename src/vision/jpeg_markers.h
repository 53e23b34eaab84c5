// SPDX-License-Identifier: Apache-2.0
// JpegMarkers: what a JPEG's segments say that its decoder does not: EXIF orientation and Adobe's transform.
#pragma once

#include <cstddef>
#include <span>

#include "vision/image.h"

namespace tandem {

struct JpegMarkers {
  int orientation = 1;  // EXIF 2.32 section 4.6.4: 1 as stored .. 8; 1 when absent or malformed
  bool adobe = false;   // an Adobe APP14 segment: CMYK values are inverted
};

/// Reads the segments before the first scan. Anything malformed counts as absent; never reads past the bytes.
JpegMarkers read_jpeg_markers(std::span<const std::byte> bytes);

/// Turns and mirrors the stored pixels as EXIF orientation 2..8 asks; 1 changes nothing.
Image apply_orientation(Image image, int orientation);

}  // namespace tandem
