// SPDX-License-Identifier: Apache-2.0
// The signals are blocked and taken by the one that waits, as in app/stop_signal.cpp.
#include "app/serve/service_signals.h"

#include <csignal>
#include <ctime>

namespace tandem::app {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  return set;
}

}  // namespace

Result<ServiceSignals> ServiceSignals::install() {
  const sigset_t hang_up = set_of({SIGHUP});
  if (::pthread_sigmask(SIG_BLOCK, &hang_up, nullptr) != 0) return internal_error("cannot block SIGHUP");
  return ServiceSignals(TRY(StopSignal::install()));
}

ServiceSignals::Event ServiceSignals::wait(std::chrono::milliseconds limit) const {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  timespec time{};
  time.tv_sec = static_cast<std::time_t>(seconds.count());
  time.tv_nsec = static_cast<long>(std::chrono::nanoseconds(limit - seconds).count());
  const int taken = ::sigtimedwait(&set, nullptr, &time);
  if (taken == SIGHUP) return Event::kReload;
  if (taken <= 0) return Event::kNothing;
  stop_.release();
  return Event::kStop;
}

}  // namespace tandem::app
