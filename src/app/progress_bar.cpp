// SPDX-License-Identifier: Apache-2.0
// One line that is drawn over and over.
#include "app/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/histogram.h"

namespace tandem::app {

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO) != 0), begin_(system_clock().now()) {}

ProgressBar::~ProgressBar() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

bench::Progress ProgressBar::reporter() {
  if (!terminal_) return {};
  return [this](double done) { show(done); };
}

void ProgressBar::show(double done) {
  if (!terminal_ || system_clock().now() - begin_ < std::chrono::seconds(1)) return;
  drawn_ = true;
  fmt::print(stderr, "\r{:>3.0f} % {}\x1b[K", 100 * done, bench::draw_bar(done, 40));
}

}  // namespace tandem::app
