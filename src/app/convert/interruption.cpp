// SPDX-License-Identifier: Apache-2.0
// A thread looks for the signal, because the work itself is deep in libraries that cannot be asked to stop.
#include "app/convert/interruption.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

namespace tandem::app {

Result<std::unique_ptr<Interruption>> Interruption::install() {
  return std::unique_ptr<Interruption>(new Interruption(TRY(StopSignal::install())));
}

Interruption::Interruption(StopSignal signal) : signal_(signal), watcher_([this] { watch(); }) {}

Interruption::~Interruption() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  watcher_.join();
  static_cast<void>(signal_.has_come());  // what came at last came too late: the work is done, or was undone
  signal_.release();
}

void Interruption::watch() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (!held_ && signal_.has_come()) {
      fmt::print(stderr, "\r\x1b[Kinterrupted; nothing was written\n");
      ::_exit(1);
    }
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
}

void Interruption::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

bool Interruption::came() {
  const std::lock_guard lock(mutex_);
  return signal_.has_come();
}

void Interruption::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
}

}  // namespace tandem::app
