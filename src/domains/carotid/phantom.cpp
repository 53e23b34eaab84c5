// SPDX-License-Identifier: Apache-2.0
// Puts patient, echo and scanner together, frame by frame.
#include "domains/carotid/phantom.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>

#include "domains/carotid/phantom_echo.h"
#include "domains/carotid/phantom_random.h"
#include "domains/carotid/phantom_scan.h"

namespace tandem::carotid {
namespace {

constexpr double kCompressionsPerSecond = 110.0 / 60;
constexpr double kCompressionPx = 3;
constexpr double kThinnestPx = 1;  // a vessel flatter than this counts as fully compressed
constexpr std::uint64_t kFrameKey = 1000;

void paint_label(const Ellipse& vessel, std::uint8_t value, Image& mask) {
  if (2 * vessel.semi_minor < kThinnestPx) return;
  const EllipseField field(vessel);
  const double step = kPhantomField / mask.width;
  const auto index = [&mask, step](double position) {
    return static_cast<int>(std::clamp(position / step, 0.0, static_cast<double>(mask.width)));
  };
  const int right = index(vessel.center.x + field.half_width() + step);
  const int bottom = index(vessel.center.y + field.half_height() + step);
  for (int y = index(vessel.center.y - field.half_height() - step); y < bottom; ++y) {
    for (int x = index(vessel.center.x - field.half_width() - step); x < right; ++x) {
      if (field.at((x + 0.5) * step, (y + 0.5) * step).distance >= 0) continue;
      mask.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) + static_cast<std::size_t>(x)] =
          value;
    }
  }
}

Image make_mask(const PhantomPose& pose, int size) {
  Image mask{size, size, 1, {}};
  mask.pixels.assign(mask.pixel_count(), kBackground);
  paint_label(pose.vein, kVein, mask);
  paint_label(pose.artery, kArtery, mask);
  return mask;
}

/// What chance does to one frame beside speckle. Returns the change of gain in dB.
double disturb(PhantomRandom& random, EchoMap& map) {
  const double gain_db = random.uniform(-8, 4);
  if (random.uniform() < .5) {
    DropoutShadow shadow;
    shadow.center = random.uniform(10, 118);
    shadow.half_width = random.uniform(5, 20) / 2;
    shadow.decades = random.uniform(.5, 1.5);
    cast_shadow(shadow, map);
  }
  return gain_db;
}

PhantomTruth truth_of(const PhantomPose& pose) {
  PhantomTruth truth;
  truth.artery_q = pose.artery.semi_minor / pose.artery.semi_major;
  truth.vein_q = pose.vein.semi_minor / pose.vein.semi_major;
  truth.cac = std::sqrt(1 - truth.artery_q * truth.artery_q);
  truth.press = pose.press;
  return truth;
}

Status check(const char* what, double value, double low, double high) {
  if (value >= low && value <= high) return {};
  return invalid_argument(fmt::format("phantom: {}: expected {:g} to {:g}, got {:g}", what, low, high, value));
}

class PhantomSource final : public FrameSource {
 public:
  explicit PhantomSource(Phantom phantom) : phantom_(std::move(phantom)) {}

  Result<std::optional<Frame>> next() override {
    if (next_ == phantom_.options().frames) return std::optional<Frame>();
    Frame frame{phantom_.frame(next_).image, phantom_.time(next_), next_, {}};
    ++next_;
    return std::optional<Frame>(std::move(frame));
  }

  std::optional<std::int64_t> frame_count() const override { return phantom_.options().frames; }

  std::string describe() const override {
    const PhantomOptions& options = phantom_.options();
    return fmt::format("synthetic phantom, {}, seed {}, {} frames of {}x{} at {:g} frames per second",
                       phantom_kind_name(options.kind), options.seed, options.frames, options.size, options.size,
                       options.frames_per_second);
  }

 private:
  Phantom phantom_;
  std::int64_t next_ = 0;
};

}  // namespace

Phantom::Phantom(const PhantomOptions& options)
    : options_(options), patient_(draw_patient(options.seed, options.patient, options.kind)) {}

Result<Phantom> Phantom::create(const PhantomOptions& options) {
  TRY(check("size", options.size, 16, 2048));
  TRY(check("frames", options.frames, 1, 1e6));
  TRY(check("frames per second", options.frames_per_second, 0.1, 1000));
  return Phantom(options);
}

PhantomPose Phantom::pose(std::int64_t index) const {
  PhantomMoment moment;
  moment.position = static_cast<double>(index) / std::max(1, options_.frames - 1);
  moment.seconds = static_cast<double>(index) / options_.frames_per_second;
  if (options_.disturbed) {
    moment.shift = kCompressionPx * std::sin(2 * std::numbers::pi * kCompressionsPerSecond * moment.seconds);
  }
  return pose_at(patient_, moment);
}

PhantomFrame Phantom::frame(std::int64_t index) const {
  const PhantomPose now = pose(index);
  PhantomRandom random({options_.seed, options_.patient, kFrameKey + static_cast<std::uint64_t>(index)});
  EchoMap map = echo_map(patient_, now, 2 * options_.size);
  const double gain_db = options_.disturbed ? disturb(random, map) : 0;
  return {scan(map, patient_.scanner, gain_db, random), make_mask(now, options_.size), truth_of(now)};
}

Image Phantom::mask(std::int64_t index) const { return make_mask(pose(index), options_.size); }

PhantomTruth Phantom::truth(std::int64_t index) const { return truth_of(pose(index)); }

std::chrono::nanoseconds Phantom::time(std::int64_t index) const {
  return std::chrono::nanoseconds(std::llround(static_cast<double>(index) * 1e9 / options_.frames_per_second));
}

Result<PhantomOptions> parse_phantom(std::string_view text) {
  const auto refuse = [text] {
    return invalid_argument(fmt::format(
        "expected phantom:arrest or phantom:rosc, then :SEED if wanted (a number from 0 to 2^64 - 1), got '{}'", text));
  };
  constexpr std::string_view kPrefix = "phantom:";
  if (!text.starts_with(kPrefix)) return refuse();
  std::string_view rest = text.substr(kPrefix.size());
  const std::string_view kind = rest.substr(0, rest.find(':'));
  PhantomOptions options;
  if (kind == phantom_kind_name(PhantomKind::kRosc)) {
    options.kind = PhantomKind::kRosc;
  } else if (kind != phantom_kind_name(PhantomKind::kArrest)) {
    return refuse();
  }
  rest.remove_prefix(kind.size());
  if (rest.empty()) return options;
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), options.seed);
  if (error != std::errc() || end != rest.data() + rest.size()) return refuse();
  return options;
}

std::unique_ptr<FrameSource> make_phantom_source(Phantom phantom) {
  return std::make_unique<PhantomSource>(std::move(phantom));
}

}  // namespace tandem::carotid
