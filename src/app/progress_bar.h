// SPDX-License-Identifier: Apache-2.0
// ProgressBar: how far something long has come, for a person at a terminal.
#pragma once

#include <chrono>

#include "bench/measure.h"

namespace tandem::app {

/// Drawn on standard error when that is a terminal and the work lasts more than a second; wiped away at the end.
class ProgressBar final {
 public:
  ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// What shows the bar, for work that reports; empty when nobody can see it. The bar must outlive it.
  bench::Progress reporter();

  /// done  0..1
  void show(double done);

 private:
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace tandem::app
