// SPDX-License-Identifier: Apache-2.0
// Draws each scene when its turn comes.
#include "domains/caption/scene_source.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

#include "domains/caption/scene_draws.h"

namespace tandem::caption {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000'000;

class SceneSource final : public FrameSource {
 public:
  explicit SceneSource(const SceneSequence& sequence) : sequence_(sequence) {}

  Result<std::optional<Frame>> next() override {
    if (sequence_.count && next_ >= *sequence_.count) return std::nullopt;
    Frame frame;
    frame.index = next_++;
    frame.image = draw_scene(sequence_.seed, static_cast<std::uint64_t>(frame.index), sequence_.side).image;
    frame.time =
        std::chrono::nanoseconds(std::llround(static_cast<double>(frame.index) * 1e9 / sequence_.frames_per_second));
    return frame;
  }

  std::optional<std::int64_t> frame_count() const override { return sequence_.count; }

  std::string describe() const override {
    const std::string count = sequence_.count ? fmt::format("{} frames", *sequence_.count) : "endless";
    return fmt::format("synthetic scenes, {} {}, {} of {}x{} at {:g} frames per second",
                       sequence_.seed == kHeldOutSeed ? "held out: seed" : "seed", sequence_.seed, count,
                       sequence_.side, sequence_.side, sequence_.frames_per_second);
  }

 private:
  SceneSequence sequence_;
  std::int64_t next_ = 0;
};

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Status check(std::string_view name, double value, Range range) {
  if (value >= range.low && value <= range.high) return {};
  return invalid_argument(
      fmt::format("scenes: {} expected from {:g} to {:g}, got {:g}", name, range.low, range.high, value));
}

}  // namespace

Result<SceneSequence> parse_scenes(std::string_view text) {
  const auto refuse = [text] {
    return invalid_argument(
        fmt::format("expected scenes:held-out or scenes:SEED (a number from 0 to 2^64 - 1), then :COUNT if wanted (1 "
                    "to {}), got '{}'",
                    kMaxCount, text));
  };
  constexpr std::string_view kPrefix = "scenes:";
  if (!text.starts_with(kPrefix)) return refuse();
  const std::string_view rest = text.substr(kPrefix.size());
  const std::size_t colon = rest.find(':');
  const std::string_view which = rest.substr(0, colon);
  SceneSequence sequence;
  if (which == "held-out") {
    sequence.count = kHeldOutCount;
  } else if (!read_number(which, sequence.seed)) {
    return refuse();
  }
  if (colon == std::string_view::npos) return sequence;
  const bool counted = read_number(rest.substr(colon + 1), sequence.count.emplace());
  if (!counted || *sequence.count < 1 || *sequence.count > kMaxCount) return refuse();
  return sequence;
}

Result<std::unique_ptr<FrameSource>> make_scene_source(const SceneSequence& sequence) {
  TRY(check("side", sequence.side, {1, kMaxSceneSide}));
  TRY(check("frames per second", sequence.frames_per_second, {0.001, 1e6}));
  if (sequence.count) TRY(check("count", static_cast<double>(*sequence.count), {1, static_cast<double>(kMaxCount)}));
  return std::make_unique<SceneSource>(sequence);
}

}  // namespace tandem::caption
