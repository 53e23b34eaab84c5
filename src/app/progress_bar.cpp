// SPDX-License-Identifier: Apache-2.0
// One line that is drawn over itself.
#include "app/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "bench/histogram.h"

namespace tandem::app {

ProgressBar::ProgressBar() : begin_(std::chrono::steady_clock::now()), terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::show(double done) {
  if (!terminal_ || std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(1)) return;
  shown_ = true;
  fmt::print(stderr, "\r{:>3.0f} % {}\x1b[K", 100 * done, bench::draw_bar(done, 40));
}

}  // namespace tandem::app
