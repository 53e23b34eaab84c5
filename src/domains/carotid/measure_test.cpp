// SPDX-License-Identifier: Apache-2.0
// Axes, compressibility and reasons, on shapes whose answer is known.
#include "domains/carotid/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "domains/carotid/classes.h"

namespace tandem::carotid {
namespace {

constexpr int kMeasuredSide = 96;

Image empty_mask(int width = kMeasuredSide, int height = kMeasuredSide) {
  return {width, height, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
}

void fill_box(Image& mask, int left, int top, int width, int height, std::uint8_t value) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) mask.pixels[static_cast<std::size_t>(y * mask.width + x)] = value;
  }
}

Image ellipse_mask(const Ellipse& ellipse, std::uint8_t value = kArtery) {
  Image mask = empty_mask();
  const EllipseField field(ellipse);
  for (int y = 0; y < kMeasuredSide; ++y) {
    for (int x = 0; x < kMeasuredSide; ++x) {
      if (field.at(x + 0.5, y + 0.5).distance < 0) mask.pixels[static_cast<std::size_t>(y * kMeasuredSide + x)] = value;
    }
  }
  return mask;
}

TEST(MomentEllipse, OfABoxHasAxesOfItsSidesTimesTwoOverRootThree) {
  Image mask = empty_mask();
  fill_box(mask, 10, 20, 30, 12, kArtery);
  const Ellipse ellipse = moment_ellipse(*largest_region(mask, kArtery));
  // A w x h rectangle has the central moments w^2 / 12 and h^2 / 12: semi-axes w / sqrt(3) and h / sqrt(3).
  EXPECT_NEAR(ellipse.semi_major, 30 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(ellipse.semi_minor, 12 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(ellipse.angle, 0, 1e-9);
  EXPECT_EQ(ellipse.center, (Point{25, 26}));
}

TEST(MomentEllipse, OfOnePixelIsRoundAndNotEmpty) {
  Image mask = empty_mask();
  fill_box(mask, 5, 5, 1, 1, kArtery);
  const Ellipse ellipse = moment_ellipse(*largest_region(mask, kArtery));
  EXPECT_NEAR(ellipse.semi_major, 1 / std::sqrt(3.0), 1e-12);
  EXPECT_NEAR(ellipse.semi_minor, 1 / std::sqrt(3.0), 1e-12);
}

TEST(MeasureFrame, ACircleHasACacNearZero) {
  const VesselMeasurement artery = measure_frame(ellipse_mask({{48, 48}, 20, 20, 0}), 1).artery;
  EXPECT_LT(artery.cac, 0.05);
  EXPECT_NEAR(artery.major_diameter, 40, 0.2);
  EXPECT_NEAR(artery.minor_diameter, 40, 0.2);
}

TEST(MeasureFrame, CacIsTheEccentricity) {
  const VesselMeasurement artery = measure_frame(ellipse_mask({{48, 48}, 30, 18, 0.5}), 1).artery;
  EXPECT_NEAR(artery.cac, 0.8, 0.005);
  EXPECT_NEAR(artery.flattening, 0.4, 0.01);
  EXPECT_NEAR(artery.ellipse.angle, 0.5, 0.02);
}

TEST(MeasureFrame, AreaIsThatOfThePixels) {
  Image mask = empty_mask();
  fill_box(mask, 10, 20, 30, 12, kArtery);
  EXPECT_DOUBLE_EQ(measure_frame(mask, 1).artery.area, 360);
}

TEST(MeasureFrame, SquarePixelsOnlyChangeTheUnit) {
  const Image mask = ellipse_mask({{48, 48}, 30, 18, 0.5});
  const VesselMeasurement px = measure_frame(mask, 1).artery;
  const VesselMeasurement mm = measure_frame(mask, 1, {.spacing = PixelSpacing{0.2, 0.2}}).artery;
  EXPECT_NEAR(mm.cac, px.cac, 1e-12);
  EXPECT_NEAR(mm.major_diameter, 0.2 * px.major_diameter, 1e-9);
  EXPECT_NEAR(mm.area, 0.04 * px.area, 1e-9);
}

TEST(MeasureFrame, OblongPixelsAreUndone) {
  // A circle of 8 mm radius seen through pixels of 0.25 x 0.5 mm is an ellipse of 32 x 16 px.
  const Image mask = ellipse_mask({{48, 48}, 32, 16, 0});
  const VesselMeasurement artery = measure_frame(mask, 1, {.spacing = PixelSpacing{0.25, 0.5}}).artery;
  EXPECT_LT(artery.cac, 0.1);
  EXPECT_NEAR(artery.major_diameter, 16, 0.1);
  EXPECT_NEAR(artery.ellipse.semi_major, 32, 0.2) << "the drawn ellipse stays in px";
}

TEST(MeasureFrame, SqueezedPixelsFakeCompressionWhereTheSpacingIsNotKnown) {
  // What happens when 1050 x 910 px are squeezed to 500 x 460: a circle seems to have a CAC of .336.
  const double squeeze = (500.0 / 1050) / (460.0 / 910);
  const Image mask = ellipse_mask({{48, 48}, 40, 40 * squeeze, std::numbers::pi / 2});
  EXPECT_NEAR(measure_frame(mask, 1).artery.cac, 0.336, 0.01);
}

TEST(MeasureFrame, WithoutPixelsTheVesselIsAbsent) {
  EXPECT_EQ(measure_frame(empty_mask(), 1).artery.status, VesselStatus::kAbsent);
}

TEST(MeasureFrame, ThirtyPixelsAreEnough) {
  Image mask = empty_mask();
  fill_box(mask, 10, 10, 6, 5, kArtery);
  fill_box(mask, 40, 10, 29, 1, kVein);
  const FrameMeasurement frame = measure_frame(mask, 1);
  EXPECT_EQ(frame.artery.status, VesselStatus::kMeasured);
  EXPECT_EQ(frame.vein.status, VesselStatus::kTooSmall);
  EXPECT_EQ(frame.vein.area_px, 29);
  EXPECT_EQ(frame.vein.cac, 0);
}

TEST(MeasureFrame, AVesselThatLeavesTheImageIsNotMeasured) {
  Image mask = empty_mask();
  fill_box(mask, 0, 10, 20, 20, kArtery);
  EXPECT_EQ(measure_frame(mask, 1).artery.status, VesselStatus::kTouchesBorder);
}

TEST(MeasureFrame, ArteryAndVeinAreTwoClasses) {
  Image mask = ellipse_mask({{30, 48}, 20, 10, 0}, kArtery);
  fill_box(mask, 60, 40, 20, 10, kVein);
  const FrameMeasurement frame = measure_frame(mask, 0.9);
  EXPECT_NEAR(frame.artery.ellipse.center.x, 30, 0.1);
  EXPECT_NEAR(frame.vein.ellipse.center.x, 70, 0.1);
  EXPECT_EQ(frame.confidence, 0.9);
}

TEST(MeasureOptions, RefusesSpacingThatIsNotALength) {
  EXPECT_FALSE(check(MeasureOptions{.spacing = PixelSpacing{0, 1}}));
  EXPECT_FALSE(check(MeasureOptions{.spacing = PixelSpacing{1, -1}}));
  EXPECT_FALSE(check(MeasureOptions{.spacing = PixelSpacing{std::nan(""), 1}}));
  EXPECT_FALSE(check(MeasureOptions{.min_area_px = 0, .spacing = {}}));
  EXPECT_TRUE(check(MeasureOptions{.spacing = PixelSpacing{0.1, 0.2}}));
}

}  // namespace
}  // namespace tandem::carotid
