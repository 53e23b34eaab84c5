// SPDX-License-Identifier: Apache-2.0
// Tests of a whole session with a source, models and a view that are told what to do.
#include "live/live_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace tandem::live {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class EndlessSource final : public FrameSource {
 public:
  explicit EndlessSource(std::int64_t count) : count_(count) {}
  Result<std::optional<Frame>> next() override {
    if (next_ == count_) return std::optional<Frame>();
    Frame frame;
    frame.image = {1, 1, 1, {0}};
    frame.index = next_++;
    return std::optional<Frame>(std::move(frame));
  }
  std::optional<std::int64_t> frame_count() const override { return count_; }
  std::string describe() const override { return "counting"; }

 private:
  std::int64_t count_;
  std::int64_t next_ = 0;
};

class NamingLook final : public Observer {
 public:
  explicit NamingLook(std::string name) : name_(std::move(name)) {}
  Result<Observation> observe(const Frame& frame) override {
    Observation observation;
    observation.picture = frame.image;
    observation.headline = name_;
    observation.sentence = name_;
    return observation;
  }

 private:
  std::string name_;
};

/// Presses a key when the frame of that number has been shown, or when what is shown has a text.
class ScriptedView final : public View {
 public:
  Status show(const Screen& screen) override {
    screens.push_back(screen);
    screens.back().picture = nullptr;
    if (on_show) on_show(*this, screens.back());
    return {};
  }
  std::optional<int> key() override {
    if (keys.empty()) return std::nullopt;
    const int first = keys.front();
    keys.pop_front();
    return first;
  }

  std::vector<Screen> screens;
  std::deque<int> keys;
  std::function<void(ScriptedView&, const Screen&)> on_show;
};

LiveParts parts_of(std::int64_t frames) {
  LiveParts parts;
  parts.source = std::make_unique<EndlessSource>(frames);
  parts.observer = std::make_unique<NamingLook>("first");
  parts.models = {{"a", "fp32", "", "fake", 0}, {"b", "int8", "", "", 0}};
  parts.load = [](std::size_t) -> LoadObserver {
    return []() -> Result<LoadedObserver> { return LoadedObserver{std::make_unique<NamingLook>("second"), "fake"}; };
  };
  parts.should_stop = [] { return false; };
  parts.memory = [] { return MemoryUse{5'000'000, std::nullopt}; };
  return parts;
}

LiveSessionOptions all_frames() {
  LiveSessionOptions options;
  options.loop.every_frame = true;
  options.speaker.program = "no-such-program-anywhere";
  return options;
}

TEST(LiveSession, ShowsEveryFrameAndCountsThem) {
  ScriptedView view;
  const LiveOutcome outcome = run_live(parts_of(25), view, all_frames()).value();
  EXPECT_EQ(view.screens.size(), 25U);
  EXPECT_EQ(view.screens[3].frame, 3);
  EXPECT_EQ(view.screens[3].headline, "first");
  ASSERT_EQ(outcome.models.size(), 1U);
  EXPECT_EQ(outcome.models[0].numbers.latency->count, 25);
  EXPECT_EQ(outcome.frames, 25);
  EXPECT_EQ(outcome.last_frame, 24);
}

TEST(LiveSession, QEnds) {
  ScriptedView view;
  view.keys = {'q'};
  const LiveOutcome outcome = run_live(parts_of(1'000'000'000), view, all_frames()).value();
  EXPECT_LE(outcome.frames, 1);
}

TEST(LiveSession, EndsWhenItIsToldToStop) {
  ScriptedView view;
  LiveParts parts = parts_of(1'000'000'000);
  parts.should_stop = [&view] { return view.screens.size() >= 3; };
  EXPECT_EQ(run_live(std::move(parts), view, all_frames())->frames, 3);
}

TEST(LiveSession, MChangesTheModelAndEachHasItsOwnNumbers) {
  ScriptedView view;
  view.keys = {'m'};
  view.on_show = [](ScriptedView& self, const Screen& screen) {
    if (screen.headline == "second") self.keys.push_back('q');
  };
  const LiveOutcome outcome = run_live(parts_of(1'000'000'000), view, all_frames()).value();
  ASSERT_EQ(outcome.models.size(), 2U);
  EXPECT_EQ(outcome.models[1].model.name, "b");
  EXPECT_EQ(outcome.models[1].model.engine, "fake");
  EXPECT_EQ(outcome.headline, "second");
  EXPECT_EQ(view.screens.back().message, "now b int8");
}

TEST(LiveSession, AModelThatDoesNotLoadIsSaidAndTheOldOneGoesOn) {
  ScriptedView view;
  view.keys = {'m'};
  LiveParts parts = parts_of(1'000'000'000);
  parts.load = [](std::size_t) -> LoadObserver {
    return []() -> Result<LoadedObserver> { return not_found("there is no file b"); };
  };
  view.on_show = [](ScriptedView& self, const Screen& screen) {
    if (screen.message.find("there is no file b") != std::string::npos) self.keys.push_back('q');
  };
  const LiveOutcome outcome = run_live(std::move(parts), view, all_frames()).value();
  EXPECT_EQ(outcome.headline, "first");
  EXPECT_THAT(view.screens.back().lines, Contains(HasSubstr("x b int8: there is no file b")));
}

TEST(LiveSession, PShowsTheStatistics) {
  ScriptedView view;
  view.keys = {'p'};
  view.on_show = [](ScriptedView& self, const Screen& screen) {
    for (const std::string& line : screen.lines) {
      if (line.find("median") != std::string::npos) self.keys.push_back('q');
    }
  };
  ASSERT_TRUE(run_live(parts_of(1'000'000'000), view, all_frames()));
  EXPECT_THAT(view.screens.back().lines, Contains(HasSubstr("latency of")));
}

TEST(LiveSession, AMissingSpeechProgramIsSaidAndTheViewGoesOn) {
  ScriptedView view;
  view.keys = {'s'};
  view.on_show = [](ScriptedView& self, const Screen& screen) {
    if (screen.message.find("espeak-ng") != std::string::npos) self.keys.push_back('q');
  };
  const LiveOutcome outcome = run_live(parts_of(1'000'000'000), view, all_frames()).value();
  EXPECT_EQ(outcome.said, 0);
}

TEST(LiveSession, OnDemandTheModelRunsWhenSIsPressed) {
  ScriptedView view;
  LiveSessionOptions options = all_frames();
  options.loop.continuous = false;
  view.on_show = [](ScriptedView& self, const Screen& screen) {
    if (screen.frame == 3) self.keys.push_back('s');
    if (screen.latency) self.keys.push_back('q');
  };
  const LiveOutcome outcome = run_live(parts_of(1'000'000'000), view, options).value();
  EXPECT_EQ(outcome.models[0].numbers.latency->count, 1);
  EXPECT_EQ(view.screens[3].headline, "");
  EXPECT_EQ(outcome.headline, "first");
}

TEST(LiveSession, TheOverlayNamesModelSpeedAndMemory) {
  ScriptedView view;
  ASSERT_TRUE(run_live(parts_of(5), view, all_frames()));
  EXPECT_THAT(view.screens.back().lines, Contains(HasSubstr("CPU 5 MB")));
  EXPECT_THAT(view.screens.back().lines, Contains(HasSubstr("> a fp32, fake")));
}

}  // namespace
}  // namespace tandem::live
