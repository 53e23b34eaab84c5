// SPDX-License-Identifier: Apache-2.0
// What is drawn over a frame, and in which colour.
#include "domains/carotid/overlay.h"

#include <gtest/gtest.h>

#include <set>

#include "domains/carotid/classes.h"
#include "domains/carotid/summary.h"

namespace tandem::carotid {
namespace {

constexpr int kImageSide = 64;

Image gray(std::uint8_t value) {
  return {kImageSide, kImageSide, 1, std::vector<std::uint8_t>(kImageSide * kImageSide, value)};
}

Color pixel(const Image& image, int x, int y) {
  const std::size_t i = 3 * static_cast<std::size_t>(y * image.width + x);
  return {image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]};
}

Image box_mask() {
  Image mask = gray(0);
  for (int y = 24; y < 40; ++y) {
    for (int x = 16; x < 48; ++x) mask.pixels[static_cast<std::size_t>(y * kImageSide + x)] = kArtery;
  }
  return mask;
}

TEST(DrawOverlay, TheBorderHasTheColourOfTheState) {
  for (const State state : kStates) {
    EXPECT_EQ(pixel(*draw_overlay(gray(50), gray(0), {}, state), 0, 30), state_color(state));
  }
}

TEST(DrawOverlay, EveryStateHasItsOwnColour) {
  std::set<Color> colors;
  for (const State state : kStates) colors.insert(state_color(state));
  EXPECT_EQ(colors.size(), kStates.size());
}

TEST(DrawOverlay, WithoutVesselsTheInsideIsTheImage) {
  EXPECT_EQ(pixel(*draw_overlay(gray(50), gray(0), {}, State::kSearching), 30, 30), (Color{50, 50, 50}));
}

TEST(DrawOverlay, TheEllipseIsInTheColourOfTheState) {
  const Image mask = box_mask();
  const FrameMeasurement measurement = measure_frame(mask, 1);
  const Image overlay = *draw_overlay(gray(50), mask, measurement, State::kArrest);
  const Ellipse& ellipse = measurement.artery.ellipse;
  const Color found =
      pixel(overlay, static_cast<int>(ellipse.center.x), static_cast<int>(ellipse.center.y - ellipse.semi_minor));
  EXPECT_GT(found[0], found[2] + 50) << "vermilion is more red than blue";
}

TEST(DrawOverlay, TheMasksContourIsDrawn) {
  const Image mask = box_mask();
  EXPECT_EQ(pixel(*draw_overlay(gray(50), mask, {}, State::kSearching), 16, 24), class_color(kArtery));
}

TEST(DrawOverlay, AMaskOfAnotherSizeIsRefused) {
  const Image mask{2, 2, 1, {0, 0, 0, 0}};
  EXPECT_EQ(draw_overlay(gray(50), mask, {}, State::kSearching).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::carotid
