// SPDX-License-Identifier: Apache-2.0
// Any bytes as an image: no crash, and what was decoded keeps its promises and survives PNG.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "vision/decode.h"
#include "vision/encode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::DecodeLimits limits;
  limits.max_pixels = 1 << 16;  // small, so that the time goes into parsing
  const auto image = tandem::decode_image(std::as_bytes(std::span(data, size)), limits);
  if (!image) return 0;
  if (image->pixels.size() != image->pixel_count() * static_cast<std::size_t>(image->channels)) std::abort();
  const auto png = tandem::encode_png(*image, {.fast = true});
  if (!png) std::abort();
  const auto again = tandem::decode_image(*png);
  if (!again || *again != *image) std::abort();
  return 0;
}
