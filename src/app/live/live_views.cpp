// SPDX-License-Identifier: Apache-2.0
// Windows from OpenCV's library, the terminal from the standard streams, lines on standard output.
#include "app/live/live_views.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/file.h"
#include "live/opencv/library.h"
#include "live/terminal_view.h"

namespace tandem::app {
namespace {

using live::Screen;
using live::View;

/// Messages on standard error, each once.
class Messages final {
 public:
  void tell(const std::string& message) {
    if (!message.empty() && message != told_) fmt::print(stderr, "{}\n", live::printable(message));
    told_ = message;
  }

 private:
  std::string told_;
};

/// One line a frame, for pipes and files.
class LineView final : public View {
 public:
  Status show(const Screen& screen) override {
    const std::string latency =
        screen.latency ? fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(*screen.latency).count())
                       : std::string("-");
    fmt::print("frame {:>4}  {:>8.3f} s  {:>9}  {}\n", screen.frame, std::chrono::duration<double>(screen.time).count(),
               latency, live::printable(screen.headline));
    std::fflush(stdout);
    messages_.tell(screen.message);
    return {};
  }
  std::optional<int> key() override { return std::nullopt; }

 private:
  Messages messages_;
};

/// Nothing but messages.
class NoView final : public View {
 public:
  Status show(const Screen& screen) override {
    messages_.tell(screen.message);
    return {};
  }
  std::optional<int> key() override { return std::nullopt; }

 private:
  Messages messages_;
};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // nobody changes the environment
  return value == nullptr ? "" : value;
}

bool is_terminal() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 && environment("TERM") != "dumb";
}

bool has_display() { return !environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty(); }

Result<std::unique_ptr<View>> open_window(const std::string& title) {
  const live::OpencvFunctions* opencv = TRY(live::open_opencv(live::opencv_library_places(program_folder())));
  return opencv->open_window(title);
}

Result<std::unique_ptr<View>> open_terminal() {
  if (!is_terminal()) return std::unique_ptr<View>(std::make_unique<LineView>());
  return live::TerminalView::open(STDIN_FILENO, STDOUT_FILENO, live::terminal_colors(std::getenv("COLORTERM")));
}

}  // namespace

Result<std::unique_ptr<View>> open_view(const std::string& name, bool json, const std::string& title) {
  if (name == "none" || (name == "auto" && json)) return std::unique_ptr<View>(std::make_unique<NoView>());
  if (name == "window") return open_window(title);
  if (name == "auto" && has_display()) {
    auto window = open_window(title);
    if (window) return window;
  }
  return open_terminal();
}

bool is_interactive(const std::string& name, bool json) {
  if (name == "none" || (name == "auto" && json)) return false;
  return name == "window" || is_terminal() || (name == "auto" && has_display());
}

}  // namespace tandem::app
