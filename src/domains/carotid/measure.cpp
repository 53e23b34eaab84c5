// SPDX-License-Identifier: Apache-2.0
// Moments to axes, in pixels for drawing and in millimetres for numbers.
#include "domains/carotid/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "domains/carotid/classes.h"

namespace tandem::carotid {
namespace {

constexpr double kSquareMoment = 1.0 / 12;  // of a unit square about its centre

/// A symmetric 2 x 2 matrix of second central moments.
struct Moments {
  double xx = 0, xy = 0, yy = 0;
};

struct Axes {
  double semi_major = 0, semi_minor = 0, angle = 0;
};

Moments moments_of(const Region& region) {
  return {region.variance_x + kSquareMoment, region.covariance, region.variance_y + kSquareMoment};
}

Axes axes_of(const Moments& moments) {
  const double mean = (moments.xx + moments.yy) / 2;
  const double radius = std::hypot((moments.xx - moments.yy) / 2, moments.xy);
  return {2 * std::sqrt(mean + radius), 2 * std::sqrt(std::max(0.0, mean - radius)),
          std::atan2(2 * moments.xy, moments.xx - moments.yy) / 2};
}

VesselStatus judge(const Region& region, const MeasureOptions& options) {
  if (region.area_px < options.min_area_px) return VesselStatus::kTooSmall;
  return region.touches_border ? VesselStatus::kTouchesBorder : VesselStatus::kMeasured;
}

VesselMeasurement measure_vessel(const Image& mask, std::uint8_t value, const MeasureOptions& options) {
  VesselMeasurement vessel;
  const std::optional<Region> region = largest_region(mask, value);
  if (!region) return vessel;
  vessel.area_px = region->area_px;
  vessel.status = judge(*region, options);
  if (vessel.status != VesselStatus::kMeasured) return vessel;

  const PixelSpacing pixel = options.spacing.value_or(PixelSpacing{1, 1});
  const Moments px = moments_of(*region);
  const Axes axes =
      axes_of({px.xx * pixel.x_mm * pixel.x_mm, px.xy * pixel.x_mm * pixel.y_mm, px.yy * pixel.y_mm * pixel.y_mm});
  const double ratio = axes.semi_minor / axes.semi_major;
  vessel.ellipse = moment_ellipse(*region);
  vessel.major_diameter = 2 * axes.semi_major;
  vessel.minor_diameter = 2 * axes.semi_minor;
  vessel.area = static_cast<double>(region->area_px) * pixel.x_mm * pixel.y_mm;
  vessel.cac = std::sqrt(std::max(0.0, 1 - ratio * ratio));
  vessel.flattening = 1 - ratio;
  return vessel;
}

}  // namespace

const char* vessel_status_name(VesselStatus status) {
  switch (status) {
    case VesselStatus::kMeasured: return "measured";
    case VesselStatus::kAbsent: return "absent";
    case VesselStatus::kTooSmall: return "too_small";
    case VesselStatus::kTouchesBorder: return "touches_border";
  }
  return "unknown";
}

Status check(const MeasureOptions& options) {
  if (options.min_area_px < 1) {
    return invalid_argument(fmt::format("smallest area: expected at least 1 px, got {}", options.min_area_px));
  }
  if (!options.spacing) return {};
  for (const double mm : {options.spacing->x_mm, options.spacing->y_mm}) {
    if (!(mm >= 1e-6 && mm <= 1e3)) {
      return invalid_argument(fmt::format("pixel spacing: expected 1e-06 to 1000 mm a pixel, got {:g}", mm));
    }
  }
  return {};
}

FrameMeasurement measure_frame(const Image& mask, double confidence, const MeasureOptions& options) {
  return {measure_vessel(mask, kArtery, options), measure_vessel(mask, kVein, options), confidence};
}

Ellipse moment_ellipse(const Region& region) {
  const Axes axes = axes_of(moments_of(region));
  return {{region.mean_x, region.mean_y}, axes.semi_major, axes.semi_minor, axes.angle};
}

}  // namespace tandem::carotid
