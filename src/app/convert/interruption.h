// SPDX-License-Identifier: Apache-2.0
// Interruption: Ctrl-C during work that must leave nothing half-done behind.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "app/stop_signal.h"
#include "base/error.h"

namespace tandem::app {

/// SIGINT and SIGTERM end the process at once with exit code 1, except within what hold() begins: there they are
/// remembered. One object in the program, made before other threads are started. `install (hold release)*`
class Interruption final {
 public:
  /// Errors: those of StopSignal.
  static Result<std::unique_ptr<Interruption>> install();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// What begins now must not be broken off.
  void hold();
  /// Whether a signal came since hold(): then the work is to be undone.
  bool came();
  /// Nothing half-done is left; a signal that came since hold() ends the process now.
  void release();

 private:
  explicit Interruption(StopSignal signal);
  void watch();

  std::mutex mutex_;  // of what follows, but the thread
  std::condition_variable changed_;
  StopSignal signal_;
  bool held_ = false;
  bool over_ = false;
  std::thread watcher_;
};

}  // namespace tandem::app
