// SPDX-License-Identifier: Apache-2.0
// Layers from below: image, mask, ellipses, border.
#include "domains/carotid/overlay.h"

#include <algorithm>
#include <cmath>

#include "domains/carotid/classes.h"
#include "vision/draw_lines.h"

namespace tandem::carotid {
namespace {

constexpr double kMaskOpacity = 0.25;
constexpr double kAxisOpacity = 0.6;

Point along(const Ellipse& ellipse, double angle, double length) {
  return {ellipse.center.x + length * std::cos(angle), ellipse.center.y + length * std::sin(angle)};
}

void draw_vessel(Image& image, const VesselMeasurement& vessel, const Color& color, double width) {
  if (vessel.status != VesselStatus::kMeasured) return;
  const Ellipse& ellipse = vessel.ellipse;
  const double across = ellipse.angle + std::acos(0.0);
  const Stroke axis{.color = color, .width = width, .opacity = kAxisOpacity};
  draw_line(image, along(ellipse, ellipse.angle, -ellipse.semi_major),
            along(ellipse, ellipse.angle, ellipse.semi_major), axis);
  draw_line(image, along(ellipse, across, -ellipse.semi_minor), along(ellipse, across, ellipse.semi_minor), axis);
  draw_ellipse(image, ellipse, {.color = color, .width = width});
}

}  // namespace

Color state_color(State state) {
  switch (state) {
    case State::kSearching: return {128, 128, 128};
    case State::kNotCompressed: return {255, 255, 255};
    case State::kMeasuring: return {240, 228, 66};
    case State::kArrest: return {213, 94, 0};
    case State::kRosc: return {0, 158, 115};
    case State::kLowQuality: return {204, 121, 167};
  }
  return {128, 128, 128};
}

Result<Image> draw_overlay(const Image& image, const Image& mask, const FrameMeasurement& measurement, State state) {
  Image overlay = TRY(draw_mask(image, mask, {.opacity = kMaskOpacity}));
  const int side = std::min(image.width, image.height);
  const double width = std::max(1.0, side / 256.0);
  draw_vessel(overlay, measurement.vein, class_color(kVein), width);
  draw_vessel(overlay, measurement.artery, state_color(state), width);
  draw_border(overlay, std::max(1, side / 64), state_color(state));
  return overlay;
}

}  // namespace tandem::carotid
