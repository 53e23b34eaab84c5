// SPDX-License-Identifier: Apache-2.0
// Scene: a drawn picture of one or two coloured shapes and the one caption that is right for it.
//
// A drawing for demonstrations, self-tests and tests of speed: the demo captioner was trained on scenes of this recipe
// (tools/train/scenes.py), and both programs draw the same ones.
#pragma once

#include <cstdint>
#include <string>

#include "vision/image.h"

namespace tandem::caption {

inline constexpr int kSceneSide = 112;  // what the demo captioner looks at
inline constexpr int kMaxSceneSide = 4096;

struct Scene {
  Image image;          // RGB, square
  std::string caption;  // "a small red circle left of a small blue ring on a dark background"
};

/// Scene `index` of `seed`; the same on every machine, up to single brightness levels where the mathematical functions
/// of the C library differ. side: 1 to kMaxSceneSide pixels (CHECKed).
Scene draw_scene(std::uint64_t seed, std::uint64_t index, int side = kSceneSide);

/// The caption alone, for a fraction of the cost.
std::string scene_caption(std::uint64_t seed, std::uint64_t index);

}  // namespace tandem::caption
