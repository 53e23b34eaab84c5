// SPDX-License-Identifier: Apache-2.0
// FrameLoop: a source on one thread, an observer on another, and a third that fetches what they have made.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "live/mailbox.h"
#include "live/observer.h"
#include "vision/frame_source.h"

namespace tandem::live {

struct FrameLoopOptions {
  /// Every frame is looked at, as fast as that goes; else frames come at their times, and the newest wins: those that
  /// came while the model was busy are dropped and counted.
  bool every_frame = false;
  bool continuous = true;  // the model runs on every frame it can; else only on those asked for by observe_next()
  std::optional<std::int64_t> max_frames;
};

/// A frame that has gone through the loop.
struct LiveFrame {
  Frame frame;
  std::optional<Observation> observation;  // nothing when the model did not run on it
  std::chrono::nanoseconds latency{0};     // of the observation
  bool asked = false;                      // by observe_next()
  std::size_t model = 0;                   // the observer's number
};

/// next(), observe_next(), use() and stop() are for the thread that made the loop.
class FrameLoop final {
 public:
  /// The threads start at once. The clock outlives the loop.
  FrameLoop(std::unique_ptr<FrameSource> source, std::unique_ptr<Observer> observer, const FrameLoopOptions& options,
            const Clock& clock = system_clock());
  FrameLoop(const FrameLoop&) = delete;
  FrameLoop& operator=(const FrameLoop&) = delete;
  ~FrameLoop();

  /// The next frame; nothing after `timeout`, or at the end.
  std::optional<LiveFrame> next(std::chrono::milliseconds timeout) { return results_.take_within(timeout); }

  /// Whether next() will never give anything again.
  bool finished() const { return results_.finished(); }

  /// The newest frame is observed, and its LiveFrame says that it was asked for.
  void observe_next() { asked_ = true; }

  /// From its next frame on the loop uses this observer; `model` is its number.
  void use(std::unique_ptr<Observer> observer, std::size_t model);

  /// Frames that were dropped.
  std::int64_t dropped() const { return frames_.dropped(); }

  /// Ends the threads; a source that waits for a camera ends with its next frame.
  void stop();

  /// Why the loop ended, after finished(): ok at the end of the source or after stop(), else the first error.
  Status status() const;

 private:
  void capture();
  void observe();
  Status observe_frames();
  /// Waits until the frame's time has come; false when the loop ends before.
  bool wait_for(const Frame& frame);
  std::unique_ptr<Observer> take_next_observer();
  void keep_error(const Status& status);

  const std::unique_ptr<FrameSource> source_;
  const FrameLoopOptions options_;
  const Clock& clock_;
  std::optional<SteadyTime> begin_;  // of the capturing thread: when the first frame came

  Mailbox<Frame> frames_;
  Mailbox<LiveFrame> results_;
  std::atomic<bool> asked_{false};

  std::unique_ptr<Observer> observer_;  // of the observing thread
  std::size_t model_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_, as are those below
  std::unique_ptr<Observer> next_observer_;
  std::size_t next_model_ = 0;
  Status status_;

  std::thread capturing_;
  std::thread observing_;
};

}  // namespace tandem::live
