// SPDX-License-Identifier: Apache-2.0
// Whatever its axes, place and angle, a drawn ellipse measures back.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "domains/carotid/classes.h"
#include "domains/carotid/measure.h"

namespace tandem::carotid {
namespace {

double any_between(double low, double high) { return low + (high - low) * *rc::gen::inRange(0, 10001) / 10000.0; }

Ellipse any_ellipse() {
  Ellipse ellipse;
  ellipse.center = {any_between(60, 68), any_between(60, 68)};
  ellipse.semi_major = any_between(8, 50);
  ellipse.semi_minor = std::max(3.0, ellipse.semi_major * any_between(0.1, 1));
  ellipse.angle = any_between(-std::numbers::pi / 2, std::numbers::pi / 2);
  return ellipse;
}

Image draw(const Ellipse& ellipse) {
  Image mask{128, 128, 1, std::vector<std::uint8_t>(128 * 128)};
  const EllipseField field(ellipse);
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) {
      if (field.at(x + 0.5, y + 0.5).distance < 0) mask.pixels[static_cast<std::size_t>(128 * y + x)] = kArtery;
    }
  }
  return mask;
}

// Tolerances: over 30,000 such ellipses the largest errors were 0.58 px of the semi-axes, 0.52 px of the centre, 0.036
// of the ratio and, below a ratio of 0.5, 0.017 of the CAC; below 0.8, 0.062 rad of the angle. The grid alone makes
// them.
TEST(MeasureProperty, AnEllipseMeasuresBack) {
  EXPECT_TRUE(rc::check([] {
    const Ellipse drawn = any_ellipse();
    const VesselMeasurement artery = measure_frame(draw(drawn), 1).artery;
    RC_ASSERT(artery.status == VesselStatus::kMeasured);
    RC_ASSERT(std::abs(artery.ellipse.semi_major - drawn.semi_major) < 0.75);
    RC_ASSERT(std::abs(artery.ellipse.semi_minor - drawn.semi_minor) < 0.75);
    RC_ASSERT(std::abs(artery.ellipse.center.x - drawn.center.x) < 0.75);
    RC_ASSERT(std::abs(artery.ellipse.center.y - drawn.center.y) < 0.75);
    const double ratio = drawn.semi_minor / drawn.semi_major;
    RC_ASSERT(std::abs(1 - artery.flattening - ratio) < 0.05);
    if (ratio < 0.5) RC_ASSERT(std::abs(artery.cac - std::sqrt(1 - ratio * ratio)) < 0.025);
    if (ratio < 0.8) {
      RC_ASSERT(std::abs(std::remainder(artery.ellipse.angle - drawn.angle, std::numbers::pi)) < 0.1);
    }
  }));
}

TEST(MeasureProperty, TheScaleOfThePixelsDoesNotChangeTheShape) {
  EXPECT_TRUE(rc::check([] {
    const Image mask = draw(any_ellipse());
    const double mm = any_between(0.01, 2);
    const VesselMeasurement in_px = measure_frame(mask, 1).artery;
    const VesselMeasurement in_mm = measure_frame(mask, 1, {.spacing = PixelSpacing{mm, mm}}).artery;
    RC_ASSERT(std::abs(in_mm.flattening - in_px.flattening) < 1e-9);
    RC_ASSERT(std::abs(in_mm.minor_diameter - mm * in_px.minor_diameter) < 1e-9);
  }));
}

}  // namespace
}  // namespace tandem::carotid
