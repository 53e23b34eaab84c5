// SPDX-License-Identifier: Apache-2.0
// A handler that writes into a pipe: it works whatever thread the signal reaches.
#include "app/stop_signal.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace tandem::app {
namespace {

std::atomic<int> g_signals{0};
std::atomic<int> g_write_end{-1};
static_assert(std::atomic<int>::is_always_lock_free);  // may be used in a signal handler

void handle(int) {
  if (g_signals.fetch_add(1) > 0) ::_exit(1);
  const char byte = 1;
  [[maybe_unused]] const auto written = ::write(g_write_end.load(), &byte, 1);
}

}  // namespace

Result<StopSignal> StopSignal::install() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return internal_error("no pipe for signals: too many open files");
  g_write_end = ends[1];
  struct sigaction action{};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return StopSignal(ends[0]);
}

void StopSignal::wait() const {
  char byte = 0;
  while (::read(read_end_, &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace tandem::app
