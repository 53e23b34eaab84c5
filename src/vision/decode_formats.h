// SPDX-License-Identifier: Apache-2.0
// The decoders behind decode_image, one a format; private to vision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "vision/decode.h"
#include "vision/image.h"

namespace tandem {

Result<Image> decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits);
Result<Image> decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits);

/// Sides from 1 to kMaxImageSide, and no more pixels than the limits allow. Errors: invalid_argument.
Status check_image_size(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits);

}  // namespace tandem
