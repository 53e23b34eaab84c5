// SPDX-License-Identifier: Apache-2.0
// The one thread on which keys, results, loaded models and speech meet.
#include "live/live_session.h"

#include <utility>

namespace tandem::live {
namespace {

// How soon a key is noticed when no frame comes.
constexpr std::chrono::milliseconds kKeyInterval{20};
// The last sentence may be said to its end.
constexpr std::chrono::seconds kLastWords{15};

class LiveSession final {
 public:
  LiveSession(LiveParts parts, View& view, const LiveSessionOptions& options, const Clock& clock)
      : parts_(std::move(parts)),
        view_(view),
        options_(options),
        clock_(clock),
        speaker_(options.speaker),
        statistics_(parts_.models.size()),
        loop_(std::move(parts_.source), std::move(parts_.observer), options.loop, clock) {
    state_.models = parts_.models;
    state_.current = parts_.current;
    state_.speaks_changes = options.speaks_changes;
    shown_model_ = parts_.current;
  }

  Result<LiveOutcome> run() {
    const SteadyTime begin = clock_.now();
    while (!quit_ && !loop_.finished() && !parts_.should_stop()) {
      if (options_.duration && clock_.now() - begin >= *options_.duration) break;
      if (const std::optional<LiveFrame> frame = loop_.next(kKeyInterval)) TRY(show(*frame));
      take_keys();
      take_loaded();
      if (auto problem = speaker_.poll()) state_.message = std::move(*problem);
    }
    loop_.stop();
    TRY(loop_.status());
    speaker_.finish(quit_ || parts_.should_stop() ? std::chrono::seconds(0) : kLastWords);
    if (auto problem = speaker_.poll()) {
      state_.message = std::move(*problem);
      TRY(view_.show(screen_));
    }
    return outcome();
  }

 private:
  Status show(const LiveFrame& frame) {
    if (frame.model != shown_model_) {
      statistics_[shown_model_].interrupt();
      shown_model_ = frame.model;
      on_loaded(state_, engine_);
    }
    std::optional<std::chrono::nanoseconds> latency;
    if (frame.observation) latency = frame.latency;
    LiveStatistics& statistics = statistics_[frame.model];
    statistics.add(clock_.now(), latency);
    statistics.set_dropped(loop_.dropped() - dropped_before(frame.model));
    last_frame_ = frame.frame.index;
    if (frame.observation) {
      const Observation& seen = *frame.observation;
      act(on_seen(state_, {seen.headline, seen.details, seen.sentence, frame.asked}));
    }
    fill_screen(frame, latency);
    return view_.show(screen_);
  }

  /// Frames that other models dropped.
  std::int64_t dropped_before(std::size_t model) const {
    std::int64_t dropped = 0;
    for (std::size_t i = 0; i < statistics_.size(); ++i) {
      if (i != model) dropped += statistics_[i].dropped();
    }
    return dropped;
  }

  void fill_screen(const LiveFrame& frame, std::optional<std::chrono::nanoseconds> latency) {
    const LiveStatistics& statistics = statistics_[frame.model];
    screen_ = {};
    // The picture of the frame before stays until the next show().
    picture_ = frame.observation ? frame.observation->picture : frame.frame.image;
    screen_.picture = &picture_;
    screen_.headline = state_.headline;
    screen_.message = state_.message;
    screen_.frame = frame.frame.index;
    screen_.time = frame.frame.time;
    screen_.latency = latency;
    screen_.lines.push_back(speed_line(statistics.recent(), parts_.memory(), statistics.dropped()));
    const auto add = [&](std::vector<std::string> lines) {
      screen_.lines.insert(screen_.lines.end(), lines.begin(), lines.end());
    };
    add(model_lines(state_));
    add(state_.details);
    if (state_.shows_statistics) add(statistics_lines(statistics.numbers()));
    screen_.lines.emplace_back(kKeysLine);
  }

  void take_keys() {
    while (const std::optional<int> character = view_.key()) {
      if (const std::optional<Key> key = key_of(*character)) act(on_key(state_, *key));
    }
  }

  void act(const Commands& commands) {
    if (commands.observe_now) loop_.observe_next();
    if (commands.quit) quit_ = true;
    if (commands.say) speaker_.say(*commands.say);
    if (commands.load) load_.start(parts_.load(*commands.load));
  }

  void take_loaded() {
    std::optional<Result<LoadedObserver>> loaded = load_.poll();
    if (!loaded) return;
    if (!*loaded) {
      on_load_failed(state_, loaded->error().message);
      return;
    }
    // The state follows when the first frame of the new model comes.
    engine_ = (*loaded)->engine;
    loop_.use(std::move((*loaded)->observer), *state_.loading);
  }

  LiveOutcome outcome() const {
    LiveOutcome outcome;
    for (std::size_t i = 0; i < statistics_.size(); ++i) {
      const LiveNumbers numbers = statistics_[i].numbers();
      if (numbers.frames > 0) outcome.models.push_back({state_.models[i], numbers});
      outcome.frames += numbers.frames;
    }
    outcome.dropped = loop_.dropped();
    outcome.headline = state_.headline;
    outcome.sentence = state_.sentence;
    outcome.said = speaker_.said();
    outcome.memory = parts_.memory();
    outcome.last_frame = last_frame_;
    return outcome;
  }

  LiveParts parts_;
  View& view_;
  const LiveSessionOptions& options_;
  const Clock& clock_;
  ControlState state_;
  Speaker speaker_;
  std::vector<LiveStatistics> statistics_;  // one a model
  std::size_t shown_model_ = 0;
  std::string engine_;  // of the model that was loaded last
  std::optional<std::int64_t> last_frame_;
  Image picture_;
  Screen screen_;
  bool quit_ = false;
  FrameLoop loop_;
  BackgroundLoad load_;
};

}  // namespace

Result<LiveOutcome> run_live(LiveParts parts, View& view, const LiveSessionOptions& options, const Clock& clock) {
  LiveSession session(std::move(parts), view, options, clock);
  return session.run();
}

}  // namespace tandem::live
