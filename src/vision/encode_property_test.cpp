// SPDX-License-Identifier: Apache-2.0
// Any image survives PNG, whatever its size and content.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "vision/decode.h"
#include "vision/encode.h"

namespace tandem {
namespace {

TEST(EncodePngProperty, EveryImageComesBackAsItWent) {
  EXPECT_TRUE(rc::check([] {
    Image image;
    image.width = *rc::gen::inRange(1, 40);
    image.height = *rc::gen::inRange(1, 40);
    image.channels = *rc::gen::element(1, 3);
    const std::size_t bytes = image.pixel_count() * static_cast<std::size_t>(image.channels);
    image.pixels = *rc::gen::container<std::vector<std::uint8_t>>(bytes, rc::gen::arbitrary<std::uint8_t>());
    const auto png = encode_png(image, {.fast = *rc::gen::arbitrary<bool>()});
    RC_ASSERT(png.has_value());
    const auto decoded = decode_image(*png);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == image);
  }));
}

}  // namespace
}  // namespace tandem
