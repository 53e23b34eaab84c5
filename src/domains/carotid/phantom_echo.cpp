// SPDX-License-Identifier: Apache-2.0
// Tissue, fascia and vessels as powers. Whatever splits into a factor of x and one of y is computed by axis.
#include "domains/carotid/phantom_echo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem::carotid {
namespace {

constexpr float kLog10 = std::numbers::ln10_v<float>;
constexpr double kVesselReach = 10;  // px around a vessel beyond which its edge and wall add nothing (below 1e-7)
constexpr double kLayerReach = 5.5;  // sigmas, likewise

double logistic(double x) { return 1 / (1 + std::exp(std::clamp(-x, -30.0, 30.0))); }
double bell(double x) { return std::exp(-x * x / 2); }

class EchoPainter final {
 public:
  EchoPainter(const PhantomPatient& patient, const PhantomPose& pose, int side)
      : patient_(patient), pose_(pose), side_(static_cast<std::size_t>(side)) {
    map_.side = side;
    map_.power.resize(side_ * side_);
  }

  EchoMap paint() && {
    paint_tissue();
    for (const PhantomLayer& layer : patient_.layers) paint_layer(layer);
    // The artery comes last: where the folding vein would reach into it, the artery stays whole.
    paint_vessel(pose_.vein, patient_.vein);
    paint_vessel(pose_.artery, patient_.artery);
    paint_behind();
    return std::move(map_);
  }

 private:
  double position(std::size_t index) const { return (static_cast<double>(index) + 0.5) * map_.step(); }

  /// Points with positions in [low, high].
  std::size_t first(double low) const { return clamp_index(std::floor(low / map_.step())); }
  std::size_t last(double high) const { return clamp_index(std::ceil(high / map_.step()) + 1); }
  std::size_t clamp_index(double value) const {
    return static_cast<std::size_t>(std::clamp(value, 0.0, static_cast<double>(side_)));
  }

  double depth() const { return 1 - patient_.squeeze * pose_.press; }

  template <typename Function>
  std::vector<float> along_axis(const Function& function) const {
    std::vector<float> values(side_);
    for (std::size_t i = 0; i < side_; ++i) values[i] = static_cast<float>(function(position(i)));
    return values;
  }

  /// sums += of_y x of_x
  void add_product(const std::vector<float>& of_x, const std::vector<float>& of_y, std::vector<float>& sums) const {
    for (std::size_t y = 0; y < side_; ++y) {
      float* row = sums.data() + y * side_;
      for (std::size_t x = 0; x < side_; ++x) row[x] += of_y[y] * of_x[x];
    }
  }

  void paint_tissue() {
    std::vector<float>& decades = map_.power;
    for (const PhantomBlob& blob : patient_.blobs) {
      const double y0 = blob.center.y * depth();
      add_product(along_axis([&](double x) { return bell((x - blob.center.x) / blob.sigma_x); }),
                  along_axis([&](double y) { return blob.decades * bell((y - y0) / blob.sigma_y); }), decades);
    }
    const auto tissue = static_cast<float>(patient_.tissue);
    for (float& value : map_.power) value = tissue * std::exp(kLog10 * value);
  }

  void paint_layer(const PhantomLayer& layer) {
    for (std::size_t x = 0; x < side_; ++x) {
      const double wave = std::sin(2 * std::numbers::pi * position(x) / layer.wavelength + layer.phase);
      const double line = layer.depth * depth() + layer.amplitude * wave;
      const std::size_t end = last(line + kLayerReach * layer.sigma);
      for (std::size_t y = first(line - kLayerReach * layer.sigma); y < end; ++y) {
        map_.power[y * side_ + x] += static_cast<float>(layer.power * bell((position(y) - line) / layer.sigma));
      }
    }
  }

  void paint_vessel(const Ellipse& ellipse, const PhantomVessel& vessel) {
    const EllipseField field(ellipse);
    const std::size_t right = last(ellipse.center.x + field.half_width() + kVesselReach);
    const std::size_t bottom = last(ellipse.center.y + field.half_height() + kVesselReach);
    for (std::size_t y = first(ellipse.center.y - field.half_height() - kVesselReach); y < bottom; ++y) {
      for (std::size_t x = first(ellipse.center.x - field.half_width() - kVesselReach); x < right; ++x) {
        const EllipseField::Sample sample = field.at(position(x), position(y));
        if (sample.distance < kVesselReach) paint_vessel_point(sample, vessel, map_.power[y * side_ + x]);
      }
    }
  }

  void paint_vessel_point(const EllipseField::Sample& sample, const PhantomVessel& vessel, float& power) const {
    const double inside = logistic(-sample.distance / patient_.edge);
    power = static_cast<float>(power * (1 - inside) + vessel.lumen * inside);
    const double ring = bell((sample.distance - patient_.wall_sigma) / patient_.wall_sigma);
    if (ring < 1e-7) return;
    power += static_cast<float>(vessel.wall * ring * (.12 + .88 * std::pow(sample.vertical_normal, patient_.specular)));
  }

  /// Blood lets more sound through than tissue; the sides of a vessel bend it away; depth takes its share.
  void paint_behind() {
    std::vector<float> exponents(side_ * side_);
    add_behind(pose_.vein, patient_.vein.radius, exponents);
    add_behind(pose_.artery, patient_.artery.radius, exponents);
    const std::vector<float> attenuation =
        along_axis([&](double y) { return -patient_.attenuation * y / kPhantomField; });
    for (std::size_t y = 0; y < side_; ++y) {
      for (std::size_t i = y * side_; i < (y + 1) * side_; ++i) {
        map_.power[i] *= std::exp(kLog10 * exponents[i] + attenuation[y]);
      }
    }
  }

  void add_behind(const Ellipse& vessel, double radius, std::vector<float>& decades) const {
    const double half = EllipseField(vessel).half_width();
    const double thickness = std::min(1.0, vessel.semi_minor / radius);
    const auto of_x = [&](double x) {
      const double offset = x - vessel.center.x;
      const double chord = std::sqrt(std::max(0.0, 1 - offset * offset / (half * half))) * thickness;
      const double tangents = bell((offset + half) / 1.3) + bell((offset - half) / 1.3);
      return patient_.enhancement * chord - patient_.edge_shadow * tangents;
    };
    const auto of_y = [&](double y) { return logistic((y - vessel.center.y - vessel.semi_minor) / 1.5); };
    add_product(along_axis(of_x), along_axis(of_y), decades);
  }

  const PhantomPatient& patient_;
  const PhantomPose& pose_;
  std::size_t side_;
  EchoMap map_;
};

}  // namespace

EchoMap echo_map(const PhantomPatient& patient, const PhantomPose& pose, int side) {
  return EchoPainter(patient, pose, side).paint();
}

void cast_shadow(const DropoutShadow& shadow, EchoMap& map) {
  const auto side = static_cast<std::size_t>(map.side);
  for (std::size_t x = 0; x < side; ++x) {
    const double offset = ((static_cast<double>(x) + 0.5) * map.step() - shadow.center) / shadow.half_width;
    const auto factor = static_cast<float>(std::pow(10.0, -shadow.decades / (1 + std::pow(offset, 8))));
    for (std::size_t y = 0; y < side; ++y) map.power[y * side + x] *= factor;
  }
}

}  // namespace tandem::carotid
