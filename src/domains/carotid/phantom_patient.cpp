// SPDX-License-Identifier: Apache-2.0
// The draws that make a neck, in a fixed order, and the geometry of the press.
#include "domains/carotid/phantom_patient.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "domains/carotid/phantom_random.h"

namespace tandem::carotid {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRoundest = 0.995;  // of the artery; a pulse never makes it rounder

struct Range {
  double low, high;
};

double draw(PhantomRandom& random, Range range) { return random.uniform(range.low, range.high); }
double draw_power(PhantomRandom& random, Range decades) { return std::pow(10.0, draw(random, decades)); }

void draw_vessels(PhantomRandom& random, PhantomPatient& patient) {
  PhantomVessel& artery = patient.artery;
  PhantomVessel& vein = patient.vein;
  artery.radius = draw(random, {10, 15});
  vein.radius = draw(random, {8, 16});
  artery.rest = draw(random, {.88, .98});
  vein.rest = draw(random, {.35, .80});
  artery.center.x = draw(random, {48, 80});
  artery.center.y = draw(random, {58, 84});
  const double side = random.uniform() < .5 ? 1 : -1;
  const double direction = draw(random, {.15, .95});  // radians above the horizontal, seen from the artery
  const double distance = draw(random, {1.02, 1.35}) * (artery.radius + vein.radius);
  vein.center.x = artery.center.x + side * distance * std::cos(direction);
  vein.center.y = artery.center.y - distance * std::sin(direction);
  artery.angle = draw(random, {-.2, .2});
  vein.angle = side * draw(random, {-.1, .5});
  patient.squeeze = draw(random, {.08, .25});
}

void draw_press(PhantomRandom& random, PhantomKind kind, PhantomPatient& patient) {
  const bool arrest = kind == PhantomKind::kArrest;
  patient.artery.end = draw(random, arrest ? Range{.20, .30} : Range{.60, .88});
  patient.vein.end = draw(random, {.008, .02});
  patient.vein_lead = draw(random, {.5, .85});
  patient.pulse = draw(random, arrest ? Range{0, 0} : Range{.02, .06});
  patient.pulse_hz = draw(random, {60, 110}) / 60;
  patient.pulse_phase = draw(random, {0, 2 * kPi});
}

void draw_echoes(PhantomRandom& random, PhantomPatient& patient) {
  patient.tissue = draw_power(random, {-2.3, -1.6});
  patient.artery.lumen = draw_power(random, {-4.6, -3.4});
  patient.vein.lumen = draw_power(random, {-4.6, -3.4});
  patient.artery.wall = draw_power(random, {-1.5, -.8});
  patient.vein.wall = draw_power(random, {-2.1, -1.3});
  patient.wall_sigma = draw(random, {.6, 1.1});
  patient.specular = draw(random, {1.5, 4});
  patient.edge = draw(random, {.25, .6});
  patient.enhancement = draw(random, {.1, .4});
  patient.edge_shadow = draw(random, {.1, .5});
  patient.attenuation = draw(random, {.3, 2.2});
}

void draw_tissue(PhantomRandom& random, PhantomPatient& patient) {
  for (int left = random.integer(4, 10); left > 0; --left) {
    PhantomLayer layer{};
    layer.depth = draw(random, {2, 126});
    layer.amplitude = draw(random, {0, 4});
    layer.wavelength = draw(random, {60, 260});
    layer.phase = draw(random, {0, 2 * kPi});
    layer.sigma = draw(random, {.5, 1.8});
    layer.power = draw_power(random, {-1.9, -.8});
    patient.layers.push_back(layer);
  }
  for (int left = random.integer(3, 9); left > 0; --left) {
    PhantomBlob blob{};
    blob.center.x = draw(random, {0, kPhantomField});
    blob.center.y = draw(random, {0, kPhantomField});
    blob.sigma_x = draw(random, {6, 28});
    blob.sigma_y = draw(random, {4, 16});
    blob.decades = draw(random, {-.6, .6});
    patient.blobs.push_back(blob);
  }
}

Ellipse folded(const PhantomVessel& vessel, double q, Point center, double angle) {
  const SemiAxes axes = fold_circle(vessel.radius, q);
  return {center, axes.major, axes.minor, angle};
}

}  // namespace

const char* phantom_kind_name(PhantomKind kind) { return kind == PhantomKind::kArrest ? "arrest" : "rosc"; }

PhantomPatient draw_patient(std::uint64_t seed, std::uint64_t patient, PhantomKind kind) {
  PhantomRandom random({seed, patient, static_cast<std::uint64_t>(kind)});
  PhantomPatient drawn;
  draw_vessels(random, drawn);
  draw_press(random, kind, drawn);
  draw_echoes(random, drawn);
  draw_tissue(random, drawn);
  drawn.scanner.psf_axial = draw(random, {.45, .8});
  drawn.scanner.psf_lateral = draw(random, {.8, 1.5});
  drawn.scanner.range_db = draw(random, {44, 60});
  return drawn;
}

PhantomPose pose_at(const PhantomPatient& patient, const PhantomMoment& moment) {
  const PhantomVessel& artery = patient.artery;
  const PhantomVessel& vein = patient.vein;
  const double press = (1 - std::cos(kPi * std::min(moment.position / .4, 1.0))) / 2;
  double artery_q = artery.rest + (artery.end - artery.rest) * press;
  artery_q *= 1 + patient.pulse * std::sin(2 * kPi * patient.pulse_hz * moment.seconds + patient.pulse_phase);
  const double vein_q = vein.rest + (vein.end - vein.rest) * std::min(1.0, press / patient.vein_lead);
  const double depth = 1 - patient.squeeze * press;
  const auto moved = [&](Point at) { return Point{at.x, at.y * depth + moment.shift}; };
  return {folded(artery, std::min(artery_q, kRoundest), moved(artery.center), artery.angle),
          folded(vein, vein_q, moved(vein.center), vein.angle * (1 - press)), press};
}

SemiAxes fold_circle(double radius, double q) {
  const double unit_perimeter = kPi * (3 * (1 + q) - std::sqrt((3 + q) * (1 + 3 * q)));
  const double major = 2 * kPi * radius / unit_perimeter;
  return {major, q * major};
}

}  // namespace tandem::carotid
