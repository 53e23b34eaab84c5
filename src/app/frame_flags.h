// SPDX-License-Identifier: Apache-2.0
// FrameFlags: the options that say where a sequence of frames comes from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/command.h"
#include "base/error.h"
#include "domains/caption/scene_source.h"
#include "domains/carotid/phantom.h"
#include "vision/frame_source.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct FrameFlags {
  std::string source;  // --source; empty: a folder is given as the input
  double frames_per_second = 10;

  void add_to(CLI::App& verb);
};

struct FrameInput {
  std::unique_ptr<FrameSource> frames;
  std::string name;                              // "clip/", "phantom:arrest:1" or "scenes:held-out"
  std::optional<carotid::Phantom> phantom;       // when it is one: it knows the truth
  std::optional<caption::SceneSequence> scenes;  // when they are: they know their captions
};

/// folder  ignored when the flags name a source. Errors: those of the source.
Result<FrameInput> open_frames(const FrameFlags& flags, const std::string& folder);

}  // namespace tandem::app
