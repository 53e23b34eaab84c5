// SPDX-License-Identifier: Apache-2.0
// Colours, opacity and contours of masks.
#include "vision/draw.h"

#include <gtest/gtest.h>

#include "support/pixels.h"

namespace tandem {
namespace {

Image filled(int side, int channels, std::uint8_t value) {
  return {side, side, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side * channels), value)};
}

TEST(DrawMask, LeavesTheBackgroundAsItWas) {
  EXPECT_EQ(*draw_mask(filled(3, 3, 77), filled(3, 1, 0)), filled(3, 3, 77));
}

TEST(DrawMask, MakesGrayImagesRgb) { EXPECT_EQ(draw_mask(filled(3, 1, 77), filled(3, 1, 0))->channels, 3); }

TEST(DrawMask, FullOpacityShowsOnlyTheColour) {
  EXPECT_EQ(pixel(*draw_mask(filled(3, 3, 77), filled(3, 1, 2), {.opacity = 1, .contour = false}), 1, 1),
            class_color(2));
}

TEST(DrawMask, NoOpacityShowsOnlyTheImage) {
  EXPECT_EQ(*draw_mask(filled(3, 3, 77), filled(3, 1, 2), {.opacity = 0, .contour = false}), filled(3, 3, 77));
}

TEST(DrawMask, HalfOpacityIsTheMean) {
  const Color mixed = pixel(*draw_mask(filled(1, 3, 100), filled(1, 1, 1), {.opacity = 0.5, .contour = false}), 0, 0);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(mixed[c], (100 + class_color(1)[c]) / 2.0, 1);
}

TEST(DrawMask, TheContourIsTheRegionsOutermostPixels) {
  Image mask = filled(5, 1, 0);
  for (int y = 1; y < 4; ++y) {
    for (int x = 1; x < 4; ++x) mask.pixels[static_cast<std::size_t>(y * 5 + x)] = 1;
  }
  const Image drawn = *draw_mask(filled(5, 3, 100), mask, {.opacity = 0});
  EXPECT_EQ(pixel(drawn, 1, 1), class_color(1));
  EXPECT_EQ(pixel(drawn, 2, 2), (Color{100, 100, 100}));
  EXPECT_EQ(pixel(drawn, 0, 0), (Color{100, 100, 100}));
}

TEST(DrawMask, NeighbouringClassesHaveDifferentColours) {
  for (std::size_t i = 1; i < 255; ++i) EXPECT_NE(class_color(i), class_color(i + 1));
}

TEST(DrawMask, RefusesAMaskOfAnotherSize) {
  EXPECT_EQ(draw_mask(filled(3, 3, 0), filled(2, 1, 0)).error().code, Code::kInvalidArgument);
}

TEST(DrawMask, RefusesOpacityBeyondOne) { EXPECT_FALSE(draw_mask(filled(2, 3, 0), filled(2, 1, 0), {.opacity = 1.5})); }

}  // namespace
}  // namespace tandem
