// SPDX-License-Identifier: Apache-2.0
// FrameSource: images one after the other with their times: a folder, a phantom, later a video or a camera.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "vision/image.h"

namespace tandem {

struct Frame {
  Image image;
  std::chrono::nanoseconds time{0};  // since the first frame; never goes back
  std::int64_t index = 0;            // from 0; a source that drops frames leaves their numbers out
  std::string name;                  // of the file; empty where there is none
};

/// A sequence of frames of one size. For one thread. Calls: next* until it gives nothing or fails.
class FrameSource {
 public:
  virtual ~FrameSource() = default;

  /// The next frame; nothing at the end. Errors: of what is read, with its name.
  virtual Result<std::optional<Frame>> next() = 0;

  /// How many frames there are in all; nothing when it goes on until it is stopped.
  virtual std::optional<std::int64_t> frame_count() const = 0;

  /// For people: "folder clip/, 40 images at 10 frames per second".
  virtual std::string describe() const = 0;
};

}  // namespace tandem
