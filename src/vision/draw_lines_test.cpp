// SPDX-License-Identifier: Apache-2.0
// Where lines and ellipses lie, and that nothing outside of the image is touched.
#include "vision/draw_lines.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/pixels.h"

namespace tandem {
namespace {

constexpr Color kInk = {200, 100, 50};

Image black(int width, int height) {
  return {width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
}

int inked(const Image& image) {
  int count = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) count += pixel(image, x, y) != Color{} ? 1 : 0;
  }
  return count;
}

TEST(DrawLine, CoversTheRowThroughItsPixelsCentres) {
  Image image = black(8, 5);
  draw_line(image, {1.5, 2.5}, {6.5, 2.5}, {.color = kInk});
  for (int x = 1; x <= 6; ++x) EXPECT_EQ(pixel(image, x, 2), kInk) << x;
  EXPECT_EQ(inked(image), 6);
}

TEST(DrawLine, BetweenTwoRowsIsSharedByBoth) {
  Image image = black(8, 5);
  draw_line(image, {1.5, 2.0}, {6.5, 2.0}, {.color = kInk});
  EXPECT_EQ(pixel(image, 3, 1), (Color{100, 50, 25}));
  EXPECT_EQ(pixel(image, 3, 2), (Color{100, 50, 25}));
}

TEST(DrawLine, OfNoLengthIsADot) {
  Image image = black(5, 5);
  draw_line(image, {2.5, 2.5}, {2.5, 2.5}, {.color = kInk});
  EXPECT_EQ(pixel(image, 2, 2), kInk);
  EXPECT_EQ(inked(image), 1);
}

TEST(DrawLine, IsCutAtTheImagesEdge) {
  Image image = black(6, 6);
  draw_line(image, {-1e9, 3.5}, {1e9, 3.5}, {.color = kInk});
  EXPECT_EQ(inked(image), 6);
}

TEST(DrawLine, WithoutFiniteCoordinatesDrawsNothing) {
  Image image = black(6, 6);
  draw_line(image, {std::numeric_limits<double>::quiet_NaN(), 0}, {5, 5}, {.color = kInk});
  EXPECT_EQ(inked(image), 0);
}

TEST(DrawLine, HalfOpacityIsHalfTheColour) {
  Image image = black(3, 3);
  draw_line(image, {0, 1.5}, {3, 1.5}, {.color = kInk, .width = 1, .opacity = 0.5});
  EXPECT_EQ(pixel(image, 1, 1), (Color{100, 50, 25}));
}

TEST(DrawEllipse, PassesThroughTheEndsOfItsAxes) {
  Image image = black(41, 41);
  draw_ellipse(image, {{20.5, 20.5}, 15, 6, 0}, {.color = kInk});
  EXPECT_EQ(pixel(image, 35, 20), kInk);
  EXPECT_EQ(pixel(image, 5, 20), kInk);
  EXPECT_EQ(pixel(image, 20, 26), kInk);
  EXPECT_EQ(pixel(image, 20, 14), kInk);
}

TEST(DrawEllipse, LeavesItsInsideEmpty) {
  Image image = black(41, 41);
  draw_ellipse(image, {{20.5, 20.5}, 15, 6, 0.4}, {.color = kInk});
  EXPECT_EQ(pixel(image, 20, 20), Color{});
}

TEST(DrawEllipse, TurnsFromXTowardsY) {
  Image image = black(41, 41);
  draw_ellipse(image, {{20.5, 20.5}, 14, 4, 0.7853981633974483}, {.color = kInk, .width = 2});
  EXPECT_NE(pixel(image, 30, 30), Color{});
  EXPECT_EQ(pixel(image, 30, 10), Color{});
}

TEST(DrawEllipse, TooFlatToSeeIsALine) {
  Image image = black(41, 11);
  draw_ellipse(image, {{20.5, 5.5}, 10, 0, 0}, {.color = kInk});
  EXPECT_NE(pixel(image, 20, 5), Color{});
}

TEST(DrawEllipse, BeyondTheImageDrawsNothing) {
  Image image = black(10, 10);
  draw_ellipse(image, {{500, 500}, 20, 10, 0}, {.color = kInk});
  EXPECT_EQ(inked(image), 0);
}

TEST(DrawBorder, IsAsWideAsAsked) {
  Image image = black(7, 6);
  draw_border(image, 2, kInk);
  EXPECT_EQ(inked(image), 7 * 6 - 3 * 2);
  EXPECT_EQ(pixel(image, 3, 2), Color{});
}

}  // namespace
}  // namespace tandem
