// SPDX-License-Identifier: Apache-2.0
// Scenes as a source of frames whose captions are known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "domains/caption/scene.h"
#include "vision/frame_source.h"

namespace tandem::caption {

/// The scenes that the demo captioner was measured on: 0 to 999 of this seed (its metadata says so).
inline constexpr std::uint64_t kHeldOutSeed = 20261122;
inline constexpr std::int64_t kHeldOutCount = 1000;

/// Frame i is scene i of the seed; its caption is scene_caption(seed, i).
struct SceneSequence {
  std::uint64_t seed = kHeldOutSeed;
  std::optional<std::int64_t> count = std::nullopt;  // absent: it goes on until it is stopped
  int side = kSceneSide;
  double frames_per_second = 10;
};

/// "scenes:held-out", "scenes:7", each with ":COUNT" if wanted; held-out has kHeldOutCount where nothing is said.
/// Errors: invalid_argument with what was expected.
Result<SceneSequence> parse_scenes(std::string_view text);

/// Errors: invalid_argument with the number that is out of range.
Result<std::unique_ptr<FrameSource>> make_scene_source(const SceneSequence& sequence);

}  // namespace tandem::caption
