// SPDX-License-Identifier: Apache-2.0
// Control sequences of ECMA-48 and xterm; one write a picture.
#include "live/terminal_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/descriptor.h"

namespace tandem::live {
namespace {

// Alternate screen, no cursor, no wrapping; and back. Colours are reset before the screen is left.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
// Between these two a terminal that knows them shows nothing half drawn (mode 2026); others ignore them.
constexpr std::string_view kBeginPicture = "\x1b[?2026h\x1b[H";
constexpr std::string_view kEndPicture = "\x1b[J\x1b[?2026l";
constexpr CellSize kUnknownSize{80, 24};

CellSize size_of(int terminal) {
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return kUnknownSize;
  return {size.ws_col, size.ws_row};
}

/// The descriptor is borrowed, and write_all takes an owner.
Status write_text(int output, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(output, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error("write to", "the terminal"));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

TerminalColors terminal_colors(const char* colorterm) {
  const std::string_view value = colorterm == nullptr ? "" : colorterm;
  return value == "truecolor" || value == "24bit" ? TerminalColors::kTrue : TerminalColors::kPalette256;
}

Result<std::unique_ptr<View>> TerminalView::open(int input, int output, TerminalColors colors) {
  termios before{};
  if (::isatty(output) == 0 || ::tcgetattr(input, &before) != 0) {
    return fail(Code::kFailedPrecondition, "the terminal view needs a terminal for its keys and its picture");
  }
  termios raw = before;
  // Keys come at once and are not echoed; Ctrl-C is still a signal. Ctrl-Z would leave the picture on the screen.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  if (::tcsetattr(input, TCSANOW, &raw) != 0) return fail(errno_error("set", "the terminal"));
  std::unique_ptr<TerminalView> view(new TerminalView(input, output, colors, before));
  TRY(write_text(output, kEnter));
  return std::unique_ptr<View>(std::move(view));
}

TerminalView::TerminalView(int input, int output, TerminalColors colors, const termios& before)
    : input_(input), output_(output), colors_(colors), before_(before) {}

TerminalView::~TerminalView() {
  static_cast<void>(write_text(output_, kLeave));
  ::tcsetattr(input_, TCSANOW, &before_);
}

Status TerminalView::show(const Screen& screen) {
  const CellSize terminal = size_of(output_);
  // What counts comes first: a small terminal shows the beginning. Scrolling would move the picture.
  std::vector<std::string> lines = {screen.message};
  lines.insert(lines.end(), screen.lines.begin(), screen.lines.end());
  const int rows = terminal.rows - 1;
  const int shown = static_cast<int>(std::min(lines.size(), static_cast<std::size_t>(rows)));
  std::string text(kBeginPicture);
  if (screen.picture != nullptr) {
    text += draw_half_blocks(*screen.picture, fit_cells(*screen.picture, {terminal.columns, rows - shown}), colors_);
  }
  text += "\x1b[1m" + printable(screen.headline) + "\x1b[0m\x1b[K";
  for (int i = 0; i < shown; ++i) text += "\r\n" + printable(lines[static_cast<std::size_t>(i)]) + "\x1b[K";
  text += kEndPicture;
  return write_text(output_, text);
}

std::optional<int> TerminalView::key() {
  unsigned char character = 0;
  if (::read(input_, &character, 1) != 1) return std::nullopt;
  return character;
}

}  // namespace tandem::live
