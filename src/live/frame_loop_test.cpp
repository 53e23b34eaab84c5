// SPDX-License-Identifier: Apache-2.0
// Tests of the loop with sources and observers that count.
#include "live/frame_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace tandem::live {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kLong{60'000};

/// Frames 0 to count - 1, all at time 0; then the end, or an error.
class CountingSource final : public FrameSource {
 public:
  explicit CountingSource(std::int64_t count, bool fails = false) : count_(count), fails_(fails) {}
  Result<std::optional<Frame>> next() override {
    if (next_ == count_) {
      if (fails_) return fail(Code::kDataLoss, "the clip is damaged");
      return std::optional<Frame>();
    }
    Frame frame;
    frame.image = {1, 1, 1, {static_cast<std::uint8_t>(next_)}};
    frame.index = next_++;
    return std::optional<Frame>(std::move(frame));
  }
  std::optional<std::int64_t> frame_count() const override { return count_; }
  std::string describe() const override { return "counting"; }

 private:
  std::int64_t count_;
  bool fails_;
  std::int64_t next_ = 0;
};

/// Says its name; fails on one frame, if asked to.
class NamingObserver final : public Observer {
 public:
  explicit NamingObserver(std::string name, std::int64_t fails_on = -1) : name_(std::move(name)), fails_on_(fails_on) {}
  Result<Observation> observe(const Frame& frame) override {
    if (frame.index == fails_on_) return internal_error("the model broke");
    Observation observation;
    observation.headline = name_;
    return observation;
  }

 private:
  std::string name_;
  std::int64_t fails_on_;
};

/// Waits on its first frame until it is let go.
class SlowObserver final : public Observer {
 public:
  SlowObserver(std::promise<void>& begun, std::future<void> go) : begun_(begun), go_(std::move(go)) {}
  Result<Observation> observe(const Frame& frame) override {
    if (frame.index == 0) {
      begun_.set_value();
      go_.wait();
    }
    return Observation{};
  }

 private:
  std::promise<void>& begun_;
  std::future<void> go_;
};

std::vector<LiveFrame> run_to_end(FrameLoop& loop) {
  std::vector<LiveFrame> frames;
  while (!loop.finished()) {
    if (auto frame = loop.next(kLong)) frames.push_back(std::move(*frame));
  }
  return frames;
}

FrameLoopOptions every_frame() {
  FrameLoopOptions options;
  options.every_frame = true;
  return options;
}

TEST(FrameLoop, LooksAtEveryFrameWhenAskedTo) {
  FrameLoop loop(std::make_unique<CountingSource>(100), std::make_unique<NamingObserver>("a"), every_frame());
  const auto frames = run_to_end(loop);
  ASSERT_EQ(frames.size(), 100U);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].frame.index, static_cast<std::int64_t>(i));
    EXPECT_EQ(frames[i].observation->headline, "a");
  }
  EXPECT_EQ(loop.dropped(), 0);
  EXPECT_TRUE(loop.status());
}

/// Says when it has given everything.
class TellingSource final : public FrameSource {
 public:
  TellingSource(std::int64_t count, std::promise<void>& ended) : source_(count), ended_(ended) {}
  Result<std::optional<Frame>> next() override {
    auto frame = source_.next();
    if (!*frame) ended_.set_value();
    return frame;
  }
  std::optional<std::int64_t> frame_count() const override { return source_.frame_count(); }
  std::string describe() const override { return source_.describe(); }

 private:
  CountingSource source_;
  std::promise<void>& ended_;
};

TEST(FrameLoop, TheNewestFrameWinsWhileTheModelIsBusy) {
  std::promise<void> begun;
  std::promise<void> go;
  std::promise<void> ended;
  // One frame at once, the others when the model is busy with it.
  class Gate final : public FrameSource {
   public:
    Gate(std::unique_ptr<FrameSource> inner, std::future<void> open)
        : inner_(std::move(inner)), open_(std::move(open)) {}
    Result<std::optional<Frame>> next() override {
      if (count_++ == 1) open_.wait();
      return inner_->next();
    }
    std::optional<std::int64_t> frame_count() const override { return std::nullopt; }
    std::string describe() const override { return "gate"; }

   private:
    std::unique_ptr<FrameSource> inner_;
    std::future<void> open_;
    int count_ = 0;
  };
  auto source = std::make_unique<Gate>(std::make_unique<TellingSource>(10, ended), begun.get_future());
  FrameLoop loop(std::move(source), std::make_unique<SlowObserver>(begun, go.get_future()), {});
  ended.get_future().wait();
  go.set_value();
  const auto frames = run_to_end(loop);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].frame.index, 0);
  EXPECT_EQ(frames[1].frame.index, 9);
  EXPECT_EQ(loop.dropped(), 8);
}

TEST(FrameLoop, EndsAfterAsManyFramesAsWanted) {
  FrameLoopOptions options = every_frame();
  options.max_frames = 7;
  FrameLoop loop(std::make_unique<CountingSource>(1'000'000), std::make_unique<NamingObserver>("a"), options);
  EXPECT_EQ(run_to_end(loop).size(), 7U);
  EXPECT_TRUE(loop.status());
}

TEST(FrameLoop, OnDemandTheModelRunsOnlyOnFramesAskedFor) {
  FrameLoopOptions options = every_frame();
  options.continuous = false;
  FrameLoop loop(std::make_unique<CountingSource>(50), std::make_unique<NamingObserver>("a"), options);
  auto first = loop.next(kLong);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->observation);
  loop.observe_next();
  const auto frames = run_to_end(loop);
  const auto observed =
      std::count_if(frames.begin(), frames.end(), [](const auto& f) { return f.observation.has_value(); });
  const auto asked = std::count_if(frames.begin(), frames.end(), [](const auto& f) { return f.asked; });
  EXPECT_EQ(observed, 1);
  EXPECT_EQ(asked, 1);
}

TEST(FrameLoop, AnotherObserverTakesOverBetweenTwoFrames) {
  FrameLoop loop(std::make_unique<CountingSource>(50), std::make_unique<NamingObserver>("old"), every_frame());
  ASSERT_TRUE(loop.next(kLong));
  loop.use(std::make_unique<NamingObserver>("new"), 3);
  const auto frames = run_to_end(loop);
  EXPECT_EQ(frames.back().observation->headline, "new");
  for (const LiveFrame& frame : frames) {
    EXPECT_EQ(frame.observation->headline, frame.model == 3 ? "new" : "old");
  }
}

TEST(FrameLoop, AnErrorOfTheModelEndsTheLoopAndNamesTheFrame) {
  FrameLoop loop(std::make_unique<CountingSource>(50), std::make_unique<NamingObserver>("a", 5), every_frame());
  EXPECT_EQ(run_to_end(loop).size(), 5U);
  EXPECT_THAT(loop.status().error().message, HasSubstr("frame 5: the model broke"));
}

TEST(FrameLoop, AnErrorOfTheSourceComesAfterItsLastGoodFrame) {
  FrameLoop loop(std::make_unique<CountingSource>(3, true), std::make_unique<NamingObserver>("a"), every_frame());
  EXPECT_EQ(run_to_end(loop).size(), 3U);
  EXPECT_EQ(loop.status().error().message, "the clip is damaged");
}

TEST(FrameLoop, StopsInTheMiddle) {
  FrameLoop loop(std::make_unique<CountingSource>(1'000'000), std::make_unique<NamingObserver>("a"), every_frame());
  ASSERT_TRUE(loop.next(kLong));
  loop.stop();
  while (loop.next(kLong)) {
  }
  EXPECT_TRUE(loop.finished());
  EXPECT_TRUE(loop.status());
}

/// Frames an hour apart.
class HourlySource final : public FrameSource {
 public:
  Result<std::optional<Frame>> next() override {
    Frame frame;
    frame.image = {1, 1, 1, {0}};
    frame.index = next_++;
    frame.time = std::chrono::hours(frame.index);
    return std::optional<Frame>(std::move(frame));
  }
  std::optional<std::int64_t> frame_count() const override { return std::nullopt; }
  std::string describe() const override { return "hourly"; }

 private:
  std::int64_t next_ = 0;
};

TEST(FrameLoop, StopDoesNotWaitForTheTimeOfTheNextFrame) {
  FrameLoop loop(std::make_unique<HourlySource>(), std::make_unique<NamingObserver>("a"), {});
  ASSERT_TRUE(loop.next(kLong));
  loop.stop();
  EXPECT_TRUE(loop.finished());
}

TEST(FrameLoop, WithoutEveryFrameTheNextOneComesAtItsTime) {
  FrameLoop loop(std::make_unique<HourlySource>(), std::make_unique<NamingObserver>("a"), {});
  ASSERT_TRUE(loop.next(kLong));
  EXPECT_FALSE(loop.next(std::chrono::milliseconds(20)));
}

}  // namespace
}  // namespace tandem::live
