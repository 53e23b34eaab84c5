// SPDX-License-Identifier: Apache-2.0
// ProgressBar: for anything that may last more than a second.
#pragma once

#include <chrono>

namespace tandem::app {

/// A bar on standard error, once a second has gone by and only where that is a terminal; wiped out with the object.
class ProgressBar final {
 public:
  ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  /// done  from 0 to 1
  void show(double done);

 private:
  std::chrono::steady_clock::time_point begin_;
  bool terminal_ = false;
  bool shown_ = false;
};

}  // namespace tandem::app
