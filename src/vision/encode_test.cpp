// SPDX-License-Identifier: Apache-2.0
// PNG files that come back as they went, and images that cannot be written.
#include "vision/encode.h"

#include <gtest/gtest.h>

#include "vision/decode.h"

namespace tandem {
namespace {

TEST(EncodePng, GrayComesBackAsItWent) {
  const Image image{3, 2, 1, {0, 1, 2, 128, 254, 255}};
  EXPECT_EQ(*decode_image(*encode_png(image)), image);
}

TEST(EncodePng, RgbComesBackAsItWent) {
  const Image image{2, 1, 3, {0, 1, 2, 128, 254, 255}};
  EXPECT_EQ(*decode_image(*encode_png(image)), image);
  EXPECT_EQ(*decode_image(*encode_png(image, {.fast = true})), image);
}

TEST(EncodePng, RefusesAnImageWithoutPixels) { EXPECT_EQ(encode_png(Image{}).error().code, Code::kInvalidArgument); }

TEST(EncodePng, RefusesPixelsThatDoNotFillTheImage) {
  EXPECT_EQ(encode_png(Image{2, 2, 3, {1}}).error().message, "image: 2x2 with 3 channels needs 12 bytes, got 1");
}

TEST(EncodePng, RefusesNegativeSides) { EXPECT_FALSE(encode_png(Image{-1, -1, 1, {1}})); }

}  // namespace
}  // namespace tandem
