// SPDX-License-Identifier: Apache-2.0
// cv::VideoCapture as a source of frames: files by their own times, cameras by the clock.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <utility>

#include "base/clock.h"
#include "live/opencv/plugin.h"

namespace tandem::live {
namespace {

namespace fs = std::filesystem;

// Of what a file or a driver may claim.
constexpr int kMaxSide = 16384;
constexpr double kMaxRate = 1000;
constexpr double kUnknownRate = 25;

Result<Image> to_image(const cv::Mat& pixels, const std::string& name) {
  if (pixels.cols <= 0 || pixels.rows <= 0 || pixels.cols > kMaxSide || pixels.rows > kMaxSide) {
    return invalid_argument(fmt::format("{}: expected frames of 1 to {} pixels a side, got {}x{}", name, kMaxSide,
                                        pixels.cols, pixels.rows));
  }
  if (pixels.type() != CV_8UC3 && pixels.type() != CV_8UC1) {
    return invalid_argument(fmt::format("{}: expected frames of 8 bits in 1 or 3 channels, got {} channels of type {}",
                                        name, pixels.channels(), pixels.depth()));
  }
  Image image{pixels.cols, pixels.rows, pixels.channels(), {}};
  image.pixels.resize(image.pixel_count() * static_cast<std::size_t>(image.channels));
  cv::Mat target(pixels.rows, pixels.cols, pixels.type(), image.pixels.data());
  if (image.channels == 3) {
    cv::cvtColor(pixels, target, cv::COLOR_BGR2RGB);
  } else {
    pixels.copyTo(target);
  }
  return image;
}

/// Pixels that are read one after the other; of one size.
class Capture final {
 public:
  /// video  a handle: copies share what is behind it
  Capture(const cv::VideoCapture& video, std::string name) : video_(video), name_(std::move(name)) {}

  cv::VideoCapture& video() { return video_; }
  const std::string& name() const { return name_; }

  /// Nothing when there is no further frame.
  Result<std::optional<Image>> read() {
    try {
      cv::Mat pixels;
      if (!video_.read(pixels) || pixels.empty()) return std::optional<Image>();
      Image image = TRY(to_image(pixels, name_));
      if (width_ == 0) {
        width_ = image.width;
        height_ = image.height;
      }
      if (image.width == width_ && image.height == height_) return std::optional<Image>(std::move(image));
      return invalid_argument(fmt::format("{}: the frames change from {}x{} to {}x{} pixels; one clip has one size",
                                          name_, width_, height_, image.width, image.height));
    } catch (const std::exception& error) {
      return fail(Code::kDataLoss, fmt::format("{}: {}", name_, error.what()));
    }
  }

 private:
  cv::VideoCapture video_;
  std::string name_;
  int width_ = 0;
  int height_ = 0;
};

class VideoFile final : public FrameSource {
 public:
  VideoFile(Capture capture, double rate, std::optional<std::int64_t> count)
      : capture_(std::move(capture)), rate_(rate), count_(count) {}

  Result<std::optional<Frame>> next() override {
    std::optional<Image> image = TRY(capture_.read());
    if (!image) {
      if (next_ > 0) return std::optional<Frame>();
      return invalid_argument(fmt::format("{} holds no frame that can be decoded", capture_.name()));
    }
    Frame frame;
    frame.image = std::move(*image);
    frame.index = next_++;
    frame.time = time_of(frame.index, capture_.video().get(cv::CAP_PROP_POS_MSEC));
    return std::optional<Frame>(std::move(frame));
  }

  std::optional<std::int64_t> frame_count() const override { return count_; }
  std::string describe() const override {
    return fmt::format("video {}, {:g} frames per second", capture_.name(), rate_);
  }

 private:
  /// Files tell a position that may be missing, jump or go back; then the rate says it.
  std::chrono::nanoseconds time_of(std::int64_t index, double position_ms) {
    const double by_rate_ms = static_cast<double>(index) * 1e3 / rate_;
    const bool sane = std::isfinite(position_ms) && std::abs(position_ms - by_rate_ms) < 10 * 1e3 / rate_ + 1e3;
    const double ms = sane ? position_ms : by_rate_ms;
    last_ = std::max(last_, std::chrono::nanoseconds(std::llround(std::max(0.0, ms) * 1e6)));
    return last_;
  }

  Capture capture_;
  double rate_;
  std::optional<std::int64_t> count_;
  std::int64_t next_ = 0;
  std::chrono::nanoseconds last_{0};
};

class Camera final : public FrameSource {
 public:
  explicit Camera(Capture capture) : capture_(std::move(capture)) {}

  Result<std::optional<Frame>> next() override {
    std::optional<Image> image = TRY(capture_.read());
    if (!image) {
      return fail(Code::kUnavailable,
                  fmt::format("{} gives no frame; is it unplugged, or used by another program?", capture_.name()));
    }
    const SteadyTime now = system_clock().now();
    if (!begin_) begin_ = now;
    Frame frame;
    frame.image = std::move(*image);
    frame.index = next_++;
    frame.time = now - *begin_;
    return std::optional<Frame>(std::move(frame));
  }

  std::optional<std::int64_t> frame_count() const override { return std::nullopt; }
  std::string describe() const override { return capture_.name(); }

 private:
  Capture capture_;
  std::optional<SteadyTime> begin_;
  std::int64_t next_ = 0;
};

void be_quiet() { cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT); }

}  // namespace

Result<std::unique_ptr<FrameSource>> open_opencv_video(const std::string& path) {
  be_quiet();
  try {
    // An absolute path is no URL; naming the decoders keeps "img_%03d.png" and pipelines out.
    const std::string whole = fs::absolute(path).string();
    cv::VideoCapture video;
    for (const int decoder : {cv::CAP_FFMPEG, cv::CAP_OPENCV_MJPEG}) {
      if (video.open(whole, decoder)) break;
    }
    if (!video.isOpened()) {
      return invalid_argument(
          fmt::format("{} is no video that OpenCV can open: expected MP4, AVI, MKV or another format of FFmpeg", path));
    }
    const double told = video.get(cv::CAP_PROP_FPS);
    const double rate = std::isfinite(told) && told > 0 && told <= kMaxRate ? told : kUnknownRate;
    const double count = video.get(cv::CAP_PROP_FRAME_COUNT);
    std::optional<std::int64_t> frames;
    if (std::isfinite(count) && count >= 1 && count < 1e9) frames = std::llround(count);
    return std::unique_ptr<FrameSource>(std::make_unique<VideoFile>(Capture(video, path), rate, frames));
  } catch (const std::exception& error) {
    return fail(Code::kDataLoss, fmt::format("{}: {}", path, error.what()));
  }
}

Result<std::unique_ptr<FrameSource>> open_opencv_camera(const std::string& device) {
  be_quiet();
  const bool number =
      !device.empty() && std::all_of(device.begin(), device.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::string path = number ? "/dev/video" + device : device;
  std::error_code ignored;
  if (!fs::is_character_file(path, ignored)) {
    return not_found(fmt::format("there is no camera {}; `ls /dev/video*` shows which there are", path));
  }
  try {
    cv::VideoCapture video(path, cv::CAP_V4L2);
    if (!video.isOpened()) {
      return fail(
          Code::kUnavailable,
          fmt::format("the camera {} cannot be opened; may this user read it (group video), and is it free?", path));
    }
    video.set(cv::CAP_PROP_BUFFERSIZE, 1);  // the newest frame counts; drivers that cannot go on as they are
    return std::unique_ptr<FrameSource>(std::make_unique<Camera>(Capture(video, "camera " + path)));
  } catch (const std::exception& error) {
    return fail(Code::kUnavailable, fmt::format("camera {}: {}", path, error.what()));
  }
}

}  // namespace tandem::live
