// SPDX-License-Identifier: Apache-2.0
// From a mask to the shape of artery and vein: axes, compressibility, area.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "domains/carotid/region.h"
#include "vision/ellipse.h"
#include "vision/image.h"

namespace tandem::carotid {

enum class VesselStatus {
  kMeasured,
  kAbsent,         // no pixel of the class
  kTooSmall,       // fewer pixels than MeasureOptions::min_area_px
  kTouchesBorder,  // part of the vessel lies outside of the image
};
const char* vessel_status_name(VesselStatus status);  // "measured", "absent", "too_small", "touches_border"

/// How large a pixel is. Both above 0.
struct PixelSpacing {
  double x_mm = 0;
  double y_mm = 0;
};

struct MeasureOptions {
  std::int64_t min_area_px = 30;
  std::optional<PixelSpacing> spacing;  // absent: lengths are pixels, taken as square
};
/// Errors: invalid_argument with the option that is out of range.
Status check(const MeasureOptions& options);

/// Lengths are mm and areas mm^2 where the spacing is known, else px and px^2. What comes after area_px is 0 unless the
/// status is kMeasured.
struct VesselMeasurement {
  VesselStatus status = VesselStatus::kAbsent;
  std::int64_t area_px = 0;   // of the largest region, measured or not
  Ellipse ellipse;            // in px, to be drawn
  double major_diameter = 0;  // of the ellipse
  double minor_diameter = 0;
  double area = 0;        // of the region
  double cac = 0;         // compressibility sqrt(1 - (minor / major)^2): 0 round, 1 flat
  double flattening = 0;  // 1 - minor / major
};

struct FrameMeasurement {
  VesselMeasurement artery;
  VesselMeasurement vein;
  double confidence = 0;  // 0..1: the segmentation's mean probability where it saw a vessel
};

/// Measures classes 1 (artery) and 2 (vein) of the mask.
/// mask  gray, each pixel a class index; options  have passed check()
FrameMeasurement measure_frame(const Image& mask, double confidence, const MeasureOptions& options = {});

/// The ellipse with the same normalized second central moments as the region, taken as unit squares:
///   m_xx = variance_x + 1/12, m_yy = variance_y + 1/12, m_xy = covariance
///   semi-axes 2 sqrt(l1) >= 2 sqrt(l2), l1 and l2 the eigenvalues; angle = atan2(2 m_xy, m_xx - m_yy) / 2
/// 1/12 is the second moment of a unit square about its centre: moments of the squares, not of their centres.
/// Haralick and Shapiro, Computer and Robot Vision, volume 1, appendix A, Addison-Wesley 1992; the definition of
/// MATLAB's regionprops.
Ellipse moment_ellipse(const Region& region);

}  // namespace tandem::carotid
