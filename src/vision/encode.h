// SPDX-License-Identifier: Apache-2.0
// encode_png: pixels to a PNG file's bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "base/error.h"
#include "vision/image.h"

namespace tandem {

struct PngOptions {
  bool fast = false;  // least effort: larger files of photographs, no difference worth waiting for with masks
};

/// 8-bit gray or RGB. Errors: invalid_argument (an image whose sizes do not agree), resource_exhausted.
Result<std::vector<std::byte>> encode_png(const Image& image, const PngOptions& options = {});

}  // namespace tandem
