// SPDX-License-Identifier: Apache-2.0
// LiveSession: frames, keys, models and speech brought together until somebody quits or the source ends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "live/background_load.h"
#include "live/controls.h"
#include "live/frame_loop.h"
#include "live/speaker.h"
#include "live/statistics.h"
#include "live/status.h"
#include "live/view.h"

namespace tandem::live {

struct LiveSessionOptions {
  FrameLoopOptions loop;
  std::optional<std::chrono::nanoseconds> duration;  // ends by itself
  SpeakerOptions speaker;
  bool speaks_changes = false;
};

/// What a session is made from. The functions are called on the thread of run(), but for what load() returns.
struct LiveParts {
  std::unique_ptr<FrameSource> source;
  std::unique_ptr<Observer> observer;  // of models[current]
  std::vector<ModelChoice> models;
  std::size_t current = 0;
  std::function<LoadObserver(std::size_t)> load;  // how the model of that index is loaded
  std::function<bool()> should_stop;
  std::function<MemoryUse()> memory;
};

/// What one of the models did.
struct ModelOutcome {
  ModelChoice model;
  LiveNumbers numbers;
};

struct LiveOutcome {
  std::vector<ModelOutcome> models;  // those that ran, in the order of the choices
  std::int64_t frames = 0;           // of all models
  std::int64_t dropped = 0;
  std::string headline;  // of the last observation
  std::string sentence;
  std::int64_t said = 0;  // sentences spoken to their end
  MemoryUse memory;
  std::optional<std::int64_t> last_frame;  // its index in the source
};

/// Runs on the calling thread until the source ends, the view gives 'q', should_stop() is true, or a limit is reached.
/// Errors: those of the source, the model, and the view.
Result<LiveOutcome> run_live(LiveParts parts, View& view, const LiveSessionOptions& options,
                             const Clock& clock = system_clock());

}  // namespace tandem::live
