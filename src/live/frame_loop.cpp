// SPDX-License-Identifier: Apache-2.0
// Source -> mailbox -> observer -> mailbox -> whoever shows it.
#include "live/frame_loop.h"

#include <fmt/format.h>

#include <utility>

namespace tandem::live {

FrameLoop::FrameLoop(std::unique_ptr<FrameSource> source, std::unique_ptr<Observer> observer,
                     const FrameLoopOptions& options, const Clock& clock)
    : source_(std::move(source)), options_(options), clock_(clock), observer_(std::move(observer)) {
  capturing_ = std::thread([this] { capture(); });
  observing_ = std::thread([this] { observe(); });
}

FrameLoop::~FrameLoop() { stop(); }

void FrameLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    stopped_.notify_all();
  }
  frames_.close();
  results_.close();
  if (capturing_.joinable()) capturing_.join();
  if (observing_.joinable()) observing_.join();
}

Status FrameLoop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void FrameLoop::keep_error(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (status_ && !status) status_ = status;
}

void FrameLoop::use(std::unique_ptr<Observer> observer, std::size_t model) {
  const std::lock_guard lock(mutex_);
  next_observer_ = std::move(observer);
  next_model_ = model;
}

bool FrameLoop::wait_for(const Frame& frame) {
  if (!begin_) begin_ = clock_.now() - frame.time;
  std::unique_lock lock(mutex_);
  return !stopped_.wait_until(lock, *begin_ + frame.time, [&] { return stop_; });
}

void FrameLoop::capture() {
  while (true) {
    auto frame = source_->next();
    if (!frame) keep_error(fail(frame.error()));
    if (!frame || !*frame) break;
    if (options_.every_frame) {
      if (!frames_.hand_over(std::move(**frame))) break;
    } else {
      if (!wait_for(**frame)) break;
      frames_.replace(std::move(**frame));
    }
  }
  frames_.close();
}

std::unique_ptr<Observer> FrameLoop::take_next_observer() {
  const std::lock_guard lock(mutex_);
  if (next_observer_) model_ = next_model_;
  return std::move(next_observer_);
}

Status FrameLoop::observe_frames() {
  for (std::int64_t count = 0; !options_.max_frames || count < *options_.max_frames; ++count) {
    std::optional<Frame> frame = frames_.take();
    if (!frame) return {};
    if (auto next = take_next_observer()) observer_ = std::move(next);
    LiveFrame result;
    result.asked = asked_.exchange(false);
    result.model = model_;
    if (options_.continuous || result.asked) {
      const SteadyTime begin = clock_.now();
      auto observation = observer_->observe(*frame);
      result.latency = clock_.now() - begin;
      if (!observation) return fail(observation.error().with_context(fmt::format("frame {}", frame->index)));
      result.observation = std::move(*observation);
    }
    result.frame = std::move(*frame);
    if (!results_.hand_over(std::move(result))) return {};
  }
  return {};
}

void FrameLoop::observe() {
  keep_error(observe_frames());
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;  // the source need not go on
    stopped_.notify_all();
  }
  frames_.close();
  results_.close();
}

}  // namespace tandem::live
