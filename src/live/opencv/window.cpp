// SPDX-License-Identifier: Apache-2.0
// A window of OpenCV's highgui: the picture, enlarged, and the text below it.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <opencv2/highgui.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/descriptor.h"
#include "live/opencv/plugin.h"

namespace tandem::live {
namespace {

constexpr int kPictureSide = 640;  // the longer side is enlarged to that
constexpr int kMinWidth = 640;
constexpr int kLineHeight = 22;
constexpr int kMargin = 8;
constexpr int kMaxTextWidth = 1200;
constexpr std::size_t kMaxLines = 40;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

/// The window system ends the process when it cannot reach the display, so that is tried before.
Status check_display() {
  const auto value = [](const char* name) {
    const char* found = std::getenv(name);  // nobody changes the environment
    return std::string(found == nullptr ? "" : found);
  };
  if (value("QT_QPA_PLATFORM") == "offscreen" || !value("WAYLAND_DISPLAY").empty()) return {};
  const std::string display = value("DISPLAY");
  if (display.empty()) {
    return fail(Code::kFailedPrecondition,
                "there is no display for a window (DISPLAY is not set); use --view terminal");
  }
  if (display.front() != ':') return {};  // another machine's, or one through ssh
  const std::string socket_path = "/tmp/.X11-unix/X" + display.substr(1, display.find('.') - 1);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket_path.size() < sizeof address.sun_path) {
    socket_path.copy(address.sun_path, socket_path.size());
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  }
  return fail(Code::kUnavailable,
              fmt::format("nothing answers at the display {}; set DISPLAY, or use --view terminal", display));
}

/// Hershey fonts know ASCII only.
std::string drawable(const std::string& text) {
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U) continue;  // the rest of a UTF-8 character
    ascii += byte >= 0x20U && byte < 0x7FU ? c : '?';
  }
  return ascii;
}

cv::Mat enlarge(const Image& image) {
  const cv::Mat rgb(image.height, image.width, image.channels == 3 ? CV_8UC3 : CV_8UC1,
                    const_cast<std::uint8_t*>(image.pixels.data()));  // only read
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, image.channels == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_GRAY2BGR);
  const double scale = static_cast<double>(kPictureSide) / std::max(image.width, image.height);
  cv::Mat result;
  cv::resize(bgr, result, {}, scale, scale, scale > 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  return result;
}

struct Line {
  std::string text;
  double size = 0;
  cv::Scalar color;
};

std::vector<Line> lines_of(const Screen& screen) {
  std::vector<Line> lines = {{drawable(screen.headline), 0.65, {255, 255, 255}},
                             {drawable(screen.message), 0.5, {0, 200, 255}}};
  for (std::size_t i = 0; i < std::min(screen.lines.size(), kMaxLines); ++i) {
    lines.push_back({drawable(screen.lines[i]), 0.45, {200, 200, 200}});
  }
  return lines;
}

/// The picture above, the lines below.
cv::Mat compose(const Screen& screen) {
  const std::vector<Line> lines = lines_of(screen);
  const cv::Mat picture = screen.picture == nullptr ? cv::Mat() : enlarge(*screen.picture);
  int width = std::max(kMinWidth, picture.cols);
  for (const Line& line : lines) {
    const cv::Size size = cv::getTextSize(line.text, kFont, line.size, 1, nullptr);
    width = std::clamp(size.width + 2 * kMargin, width, std::max(width, kMaxTextWidth));
  }
  const int height = picture.rows + static_cast<int>(lines.size()) * kLineHeight + 2 * kMargin;
  cv::Mat canvas = cv::Mat::zeros(height, width, CV_8UC3);
  if (!picture.empty()) picture.copyTo(canvas(cv::Rect((width - picture.cols) / 2, 0, picture.cols, picture.rows)));
  int y = picture.rows + kMargin - 6;
  for (const Line& line : lines) {
    y += kLineHeight;
    cv::putText(canvas, line.text, {kMargin, y}, kFont, line.size, line.color, 1, cv::LINE_AA);
  }
  return canvas;
}

class Window final : public View {
 public:
  explicit Window(std::string title) : title_(std::move(title)) {}
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() override {
    try {
      cv::destroyAllWindows();
    } catch (const std::exception&) {
      shown_ = false;  // it is going away in any case
    }
  }

  Status show(const Screen& screen) override {
    try {
      cv::imshow(title_, compose(screen));
      shown_ = true;
      return {};
    } catch (const std::exception& error) {
      return fail(Code::kInternal, fmt::format("the window cannot be drawn: {}", error.what()));
    }
  }

  std::optional<int> key() override {
    try {
      if (!shown_) return std::nullopt;
      const int pressed = cv::pollKey();
      if (pressed >= 0) return pressed & 0xFF;
      const bool closed = cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) < 1;
      if (!closed || std::exchange(told_, true)) return std::nullopt;
      return 'q';
    } catch (const std::exception&) {
      return std::nullopt;  // a window that is gone has no keys
    }
  }

 private:
  std::string title_;
  bool shown_ = false;
  bool told_ = false;  // that it was closed
};

}  // namespace

Result<std::unique_ptr<View>> open_opencv_window(const std::string& title) {
  TRY(check_display());
  try {
    cv::namedWindow(title, cv::WINDOW_AUTOSIZE | cv::WINDOW_GUI_NORMAL);
    return std::unique_ptr<View>(std::make_unique<Window>(title));
  } catch (const std::exception& error) {
    return fail(Code::kUnavailable, fmt::format("no window can be opened: {}", error.what()));
  }
}

}  // namespace tandem::live
