// SPDX-License-Identifier: Apache-2.0
// Ellipse: a place, two axes and an angle in pixels, and how far a point lies from its outline.
#pragma once

#include <algorithm>
#include <cmath>

namespace tandem {

/// In pixels; x to the right, y downwards. Pixel j covers [j, j + 1]: its centre is j + 0.5.
struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Ellipse {
  Point center;
  double semi_major = 0;
  double semi_minor = 0;  // at most semi_major
  double angle = 0;       // of the major axis: radians from x towards y
  friend bool operator==(const Ellipse&, const Ellipse&) = default;
};

/// Distances to the outline of one ellipse with both axes longer than 0. Cheap to ask pixel by pixel.
class EllipseField final {
 public:
  struct Sample {
    double distance = 0;  // px, negative inside, to first order: rho (rho - 1) / |grad rho|, at least -semi_minor
    double vertical_normal = 0;  // |y component| of the outline's unit normal: 1 above and below, 0 at the sides
  };

  explicit EllipseField(const Ellipse& ellipse)
      : ellipse_(ellipse), cosine_(std::cos(ellipse.angle)), sine_(std::sin(ellipse.angle)) {}

  Sample at(double x, double y) const {
    const double dx = x - ellipse_.center.x;
    const double dy = y - ellipse_.center.y;
    const double u = (dx * cosine_ + dy * sine_) / ellipse_.semi_major;
    const double v = (dy * cosine_ - dx * sine_) / ellipse_.semi_minor;
    const double rho = std::sqrt(u * u + v * v);
    if (rho < kTiny) return {-ellipse_.semi_minor, 0};  // the centre, where the gradient vanishes
    const double gradient_u = u / ellipse_.semi_major;
    const double gradient_v = v / ellipse_.semi_minor;
    const double gradient = std::sqrt(gradient_u * gradient_u + gradient_v * gradient_v);
    return {std::max(rho * (rho - 1) / gradient, -ellipse_.semi_minor),
            std::abs(gradient_u * sine_ + gradient_v * cosine_) / gradient};
  }

  /// Half the width of the ellipse's upright bounding box.
  double half_width() const { return std::hypot(ellipse_.semi_major * cosine_, ellipse_.semi_minor * sine_); }
  double half_height() const { return std::hypot(ellipse_.semi_major * sine_, ellipse_.semi_minor * cosine_); }

 private:
  static constexpr double kTiny = 1e-6;

  Ellipse ellipse_;
  double cosine_, sine_;
};

}  // namespace tandem
