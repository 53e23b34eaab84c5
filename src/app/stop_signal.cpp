// SPDX-License-Identifier: Apache-2.0
// The signals are blocked in every thread and taken by the one that waits: no handler, nothing asynchronous.
#include "app/stop_signal.h"

#include <unistd.h>

#include <csignal>

namespace tandem::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

void end_at_once(int) { ::_exit(1); }

}  // namespace

Result<StopSignal> StopSignal::install() {
  const sigset_t set = stop_signals();
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return internal_error("cannot block SIGINT and SIGTERM");
  ::signal(SIGPIPE, SIG_IGN);
  return StopSignal();
}

void StopSignal::wait() const {
  const sigset_t set = stop_signals();
  int taken = 0;
  ::sigwait(&set, &taken);
  release();
}

bool StopSignal::has_come() {
  const sigset_t set = stop_signals();
  const timespec at_once{};
  if (::sigtimedwait(&set, nullptr, &at_once) > 0) come_ = true;
  return come_;
}

void StopSignal::release() const {
  const sigset_t set = stop_signals();
  ::signal(SIGINT, end_at_once);
  ::signal(SIGTERM, end_at_once);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace tandem::app
