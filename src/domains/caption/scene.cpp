// SPDX-License-Identifier: Apache-2.0
// Every formula is that of tools/train/scenes.py, in double precision and in the same order.
#include "domains/caption/scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.h"
#include "domains/caption/scene_layout.h"

namespace tandem::caption {
namespace {

struct Point {
  double x = 0, y = 0;
};

/// How far the point lies from the picture's centre in one direction.
class Direction final {
 public:
  explicit Direction(double angle) : cosine_(std::cos(angle)), sine_(std::sin(angle)) {}
  double along(Point at) const { return (at.x - .5) * cosine_ + (at.y - .5) * sine_; }

 private:
  double cosine_, sine_;
};

class BackgroundPainter final {
 public:
  explicit BackgroundPainter(const SceneBackground& background)
      : background_(background),
        gradient_(background.gradient_angle),
        waves_{Direction(background.waves[0].direction), Direction(background.waves[1].direction)},
        shade_(background.shade_angle) {}

  Rgb paint(Point at) const {
    double pattern = background_.gradient * gradient_.along(at);
    for (std::size_t i = 0; i < waves_.size(); ++i) {
      const SceneWave& wave = background_.waves[i];
      pattern += wave.amplitude * std::sin(2 * std::numbers::pi * wave.cycles * waves_[i].along(at) + wave.phase);
    }
    return {background_.rgb[0] + pattern, background_.rgb[1] + pattern, background_.rgb[2] + pattern};
  }

  /// What everything there is multiplied with.
  double light(Point at) const { return background_.gain * (1 + background_.shade * shade_.along(at)); }

 private:
  const SceneBackground& background_;
  Direction gradient_;
  std::array<Direction, 2> waves_;
  Direction shade_;
};

class ThingPainter final {
 public:
  ThingPainter(const SceneThing& thing, int side)
      : thing_(thing), cosine_(std::cos(thing.angle)), sine_(std::sin(thing.angle)), side_(side) {}

  void paint(Point at, Rgb& color) const {
    const double cover = std::clamp(.5 - distance(at) * side_, 0.0, 1.0);
    for (std::size_t c = 0; c < color.size(); ++c) color[c] = color[c] * (1 - cover) + thing_.rgb[c] * cover;
  }

 private:
  /// From the edge, negative inside; beyond corners a lower bound of it.
  double distance(Point at) const {
    const double u = (at.x - thing_.x) * cosine_ + (at.y - thing_.y) * sine_;
    const double v = (at.y - thing_.y) * cosine_ - (at.x - thing_.x) * sine_;
    const double r = thing_.radius;
    const double across = std::abs(u);
    const double down = std::abs(v);
    switch (thing_.shape) {
      case SceneShape::kCircle: return std::sqrt(u * u + v * v) - r;
      case SceneShape::kRing: return std::abs(std::sqrt(u * u + v * v) - .78 * r) - .27 * r;
      case SceneShape::kSquare: return std::max(across, down) - .89 * r;
      case SceneShape::kTriangle: return std::max(v, across * (std::numbers::sqrt3 / 2) - v / 2) - .66 * r;
      case SceneShape::kCross: break;
    }
    return std::min(std::max(across - 1.05 * r, down - .36 * r), std::max(across - .36 * r, down - 1.05 * r));
  }

  const SceneThing& thing_;
  double cosine_, sine_;
  double side_;
};

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::floor(std::clamp(value, 0.0, 1.0) * 255 + .5));
}

Image paint_scene(const SceneLayout& layout, const SceneDraws& draws, int side) {
  const BackgroundPainter background(layout.background);
  std::vector<ThingPainter> things;
  for (const SceneThing& thing : layout.things) things.emplace_back(thing, side);
  Image image{side, side, 3, {}};
  image.pixels.reserve(image.pixel_count() * 3);
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      const Point at{(column + .5) / side, (row + .5) / side};
      Rgb color = background.paint(at);
      for (const ThingPainter& thing : things) thing.paint(at, color);
      const double light = background.light(at);
      for (const double channel : color) {
        const double noise = draws.noise(image.pixels.size());
        image.pixels.push_back(to_byte(channel * light + layout.background.grain * noise));
      }
    }
  }
  return image;
}

}  // namespace

Scene draw_scene(std::uint64_t seed, std::uint64_t index, int side) {
  CHECK(side >= 1 && side <= kMaxSceneSide);
  SceneDraws draws(seed, index);
  SceneLayout layout = lay_out_scene(draws);
  Image image = paint_scene(layout, draws, side);
  return {std::move(image), std::move(layout.caption)};
}

std::string scene_caption(std::uint64_t seed, std::uint64_t index) {
  SceneDraws draws(seed, index);
  return lay_out_scene(draws).caption;
}

}  // namespace tandem::caption
