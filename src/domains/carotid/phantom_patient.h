// SPDX-License-Identifier: Apache-2.0
// PhantomPatient: everything that stays the same in one drawn neck, and how its vessels give way to the probe.
#pragma once

#include <cstdint>
#include <vector>

#include "vision/ellipse.h"

namespace tandem::carotid {

/// Lengths are phantom pixels: the field of view is kPhantomField x kPhantomField of them, whatever the frame's size.
/// Echo powers are linear and have no unit. tools/train/phantom.py describes the same recipe with its reasons.
inline constexpr double kPhantomField = 128;

enum class PhantomKind {
  kArrest,  // the artery collapses under the probe and stays so
  kRosc,    // it resists, and pulses
};
const char* phantom_kind_name(PhantomKind kind);  // "arrest", "rosc"

struct PhantomVessel {
  double radius = 0;  // of the resting circle of the same perimeter
  double rest = 0;    // minor / major axis without pressure
  double end = 0;     // and under full pressure
  Point center;       // without pressure
  double angle = 0;   // of the major axis
  double lumen = 0;   // echo power inside
  double wall = 0;    // and of the ring around
};

/// A bright sheet of connective tissue: a sine across the image, blurred in depth.
struct PhantomLayer {
  double depth, amplitude, wavelength, phase, sigma, power;
};

/// A smooth region that scales the tissue's echo by a power of ten.
struct PhantomBlob {
  Point center;
  double sigma_x, sigma_y, decades;
};

struct PhantomScanner {
  double psf_axial = 0;    // sigmas of the point spread function
  double psf_lateral = 0;  //
  double range_db = 0;     // dynamic range of the display
};

/// Both vessels at one moment.
struct PhantomPose {
  Ellipse artery, vein;
  double press = 0;  // 0..1: how far the probe is pushed in
};

struct PhantomPatient {
  PhantomVessel artery, vein;
  double vein_lead = 0;  // the press at which the vein has collapsed
  double squeeze = 0;    // depth y moves to y (1 - squeeze press)
  double pulse = 0, pulse_hz = 0, pulse_phase = 0;
  double tissue = 0;                        // echo power
  double wall_sigma = 0, specular = 0;      // the wall's ring; exponent of |vertical normal|
  double edge = 0;                          // width of the logistic edge of the lumen
  double enhancement = 0, edge_shadow = 0;  // decades of power behind the vessels
  double attenuation = 0;                   // exp(-attenuation y / kPhantomField)
  std::vector<PhantomLayer> layers;
  std::vector<PhantomBlob> blobs;
  PhantomScanner scanner;
};

PhantomPatient draw_patient(std::uint64_t seed, std::uint64_t patient, PhantomKind kind);

/// When a pose is asked for.
struct PhantomMoment {
  double position = 0;  // in the clip, 0..1; the probe goes down until 0.4 and is held then
  double seconds = 0;   // since the start; drives the pulse
  double shift = 0;     // px that both vessels are moved down
};
PhantomPose pose_at(const PhantomPatient& patient, const PhantomMoment& moment);

/// Semi-axes of the ellipse minor / major = q whose perimeter is that of a circle of `radius`: a wall folds but does
/// not stretch. Ramanujan's perimeter, pi (3 (a + b) - sqrt((3 a + b) (a + 3 b))).
struct SemiAxes {
  double major, minor;
};
SemiAxes fold_circle(double radius, double q);

}  // namespace tandem::carotid
