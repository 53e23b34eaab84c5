// SPDX-License-Identifier: Apache-2.0
// Gray, RGB and the border's brightness.
#include "vision/color.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Color, LumaIsThatOfPillow) {
  EXPECT_EQ(luma(255, 0, 0), 76);
  EXPECT_EQ(luma(0, 255, 0), 150);
  EXPECT_EQ(luma(0, 0, 255), 29);
  EXPECT_EQ(luma(255, 255, 255), 255);
  EXPECT_EQ(luma(10, 20, 30), 18);
}

TEST(Color, GrayToRgbAndBackChangesNothing) {
  const Image gray{256, 1, 1, [] {
                     std::vector<std::uint8_t> pixels(256);
                     for (std::size_t i = 0; i < 256; ++i) pixels[i] = static_cast<std::uint8_t>(i);
                     return pixels;
                   }()};
  EXPECT_EQ(to_gray(to_rgb(gray)), gray);
}

TEST(Color, BorderBrightnessLeavesOutTheMiddle) {
  const Image image{3, 3, 1, {10, 10, 10, 10, 255, 10, 10, 10, 10}};
  EXPECT_DOUBLE_EQ(border_brightness(image), 10);
}

TEST(Color, BorderBrightnessCountsCornersOnce) {
  const Image image{2, 2, 1, {0, 100, 0, 100}};
  EXPECT_DOUBLE_EQ(border_brightness(image), 50);
}

TEST(Color, BorderOfALineIsTheLine) {
  EXPECT_DOUBLE_EQ(border_brightness(Image{1, 3, 1, {0, 30, 60}}), 30);
  EXPECT_DOUBLE_EQ(border_brightness(Image{3, 1, 1, {0, 30, 60}}), 30);
}

}  // namespace
}  // namespace tandem
