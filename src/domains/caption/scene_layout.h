// SPDX-License-Identifier: Apache-2.0
// SceneLayout: what is in a synthetic scene, where, and how it is said; the recipe of tools/train/scenes.py.
//
// Lengths are in sides of the square picture, from its upper left corner; colours from 0 to 1.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "domains/caption/scene_draws.h"

namespace tandem::caption {

using Rgb = std::array<double, 3>;

enum class SceneShape { kCircle, kSquare, kTriangle, kRing, kCross };

struct SceneThing {
  std::size_t size = 0;   // 0 small, 1 large
  std::size_t color = 0;  // of five names
  SceneShape shape = SceneShape::kCircle;
  double radius = 0;  // of the circle of about the same area
  double angle = 0;   // radians, x towards y
  Rgb rgb{};
  double x = 0, y = 0;

  /// No part of it is further from its centre.
  double reach() const { return 1.35 * radius; }
};

struct SceneWave {
  double amplitude = 0, cycles = 0, direction = 0, phase = 0;  // cycles over the picture, radians
};

/// What the things lie on, and the light over everything.
struct SceneBackground {
  std::string_view word;  // "dark", "bright"
  Rgb rgb{};
  double gradient = 0, gradient_angle = 0;
  std::array<SceneWave, 2> waves;
  double gain = 1, shade = 0, shade_angle = 0;
  double grain = 0;  // standard deviation of the noise
};

struct SceneLayout {
  SceneBackground background;
  std::vector<SceneThing> things;  // one or two, in the order in which they are said and drawn
  std::string caption;
};

/// Takes all the draws of a scene.
SceneLayout lay_out_scene(SceneDraws& draws);

}  // namespace tandem::caption
