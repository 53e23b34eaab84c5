// SPDX-License-Identifier: Apache-2.0
// Tests of the terminal view on a pseudo-terminal.
#include "live/terminal_view.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/descriptor.h"

namespace tandem::live {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A terminal of 20 columns and 10 rows: what a program sees (`inside`) and what a person sees (`outside`).
struct Terminal {
  Descriptor outside;
  Descriptor inside;

  Terminal() : outside(::posix_openpt(O_RDWR | O_NOCTTY)) {
    const char* name =
        ::grantpt(outside.get()) == 0 && ::unlockpt(outside.get()) == 0 ? ::ptsname(outside.get()) : nullptr;
    if (name == nullptr) return;
    inside = Descriptor(::open(name, O_RDWR | O_NOCTTY));
    winsize size{};
    size.ws_col = 20;
    size.ws_row = 10;
    ::ioctl(inside.get(), TIOCSWINSZ, &size);
  }

  std::string read_all() const {
    std::string text;
    pollfd readable{outside.get(), POLLIN, 0};
    while (::poll(&readable, 1, 50) == 1) {
      char chunk[4096];
      const ssize_t got = ::read(outside.get(), chunk, sizeof chunk);
      if (got <= 0) break;
      text.append(chunk, static_cast<std::size_t>(got));
    }
    return text;
  }

  tcflag_t local_flags() const {
    termios now{};
    ::tcgetattr(inside.get(), &now);
    return now.c_lflag;
  }
};

Screen screen_of(std::string headline, std::vector<std::string> lines, const Image* picture = nullptr) {
  Screen screen;
  screen.picture = picture;
  screen.headline = std::move(headline);
  screen.lines = std::move(lines);
  return screen;
}

/// Skipped where the machine has no pseudo-terminals (a bare container without devpts).
class TerminalViewTest : public testing::Test {
 protected:
  void SetUp() override {
    if (terminal.inside.get() < 0) GTEST_SKIP() << "this machine gives no pseudo-terminals: mount devpts on /dev/pts";
  }

  Terminal terminal;
};

TEST_F(TerminalViewTest, GivesTheTerminalBackAsItWas) {
  const tcflag_t before = terminal.local_flags();
  auto view = TerminalView::open(terminal.inside.get(), terminal.inside.get(), TerminalColors::kTrue);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(terminal.local_flags() & (ICANON | ECHO), 0U);
  EXPECT_THAT(terminal.read_all(), StartsWith("\x1b[?1049h"));
  view->reset();
  EXPECT_EQ(terminal.local_flags(), before);
  EXPECT_THAT(terminal.read_all(), EndsWith("\x1b[?1049l"));
}

TEST_F(TerminalViewTest, ShowsThePictureAboveTheText) {
  const auto view = TerminalView::open(terminal.inside.get(), terminal.inside.get(), TerminalColors::kTrue);
  terminal.read_all();
  const Image image{2, 2, 1, {1, 2, 3, 4}};
  ASSERT_TRUE((*view)->show(screen_of("headline", {"first", "second"}, &image)));
  const std::string shown = terminal.read_all();
  EXPECT_LT(shown.find("\u2580"), shown.find("headline"));
  EXPECT_LT(shown.find("headline"), shown.find("second"));
}

TEST_F(TerminalViewTest, TextIsNoOrderToTheTerminal) {
  const auto view = TerminalView::open(terminal.inside.get(), terminal.inside.get(), TerminalColors::kTrue);
  terminal.read_all();
  ASSERT_TRUE((*view)->show(screen_of("a\x1b]0;title\x07", {"b\x1b[31m"})));
  EXPECT_THAT(terminal.read_all(), Not(HasSubstr("\x1b[31m")));
}

TEST_F(TerminalViewTest, MoreLinesThanRowsDoNotScroll) {
  const auto view = TerminalView::open(terminal.inside.get(), terminal.inside.get(), TerminalColors::kTrue);
  terminal.read_all();
  ASSERT_TRUE((*view)->show(screen_of("headline", std::vector<std::string>(50, "line"))));
  const std::string shown = terminal.read_all();
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 9);
}

TEST_F(TerminalViewTest, GivesEachKeyOnceWithoutWaiting) {
  const auto view = TerminalView::open(terminal.inside.get(), terminal.inside.get(), TerminalColors::kTrue);
  EXPECT_EQ((*view)->key(), std::nullopt);
  ASSERT_EQ(::write(terminal.outside.get(), "pq", 2), 2);
  pollfd readable{terminal.inside.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&readable, 1, 5000), 1);
  EXPECT_EQ((*view)->key(), 'p');
  EXPECT_EQ((*view)->key(), 'q');
  EXPECT_EQ((*view)->key(), std::nullopt);
}

TEST(TerminalView, NeedsATerminal) {
  const Descriptor nowhere(::open("/dev/null", O_RDWR));
  const auto view = TerminalView::open(nowhere.get(), nowhere.get(), TerminalColors::kTrue);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tandem::live
