// SPDX-License-Identifier: Apache-2.0
// ServiceManager: tells systemd, or whoever set $NOTIFY_SOCKET, how the server is; the protocol of sd_notify(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::app {

/// Does nothing when nobody listens. A message that cannot be sent is lost: a server serves on without its manager.
class ServiceManager final {
 public:
  /// From $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
  static ServiceManager from_environment();

  /// "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; several with newlines between.
  void notify(std::string_view state) const;

  /// How often "WATCHDOG=1" is due: twice in the time after which the manager ends the process. Absent: never.
  std::optional<std::chrono::milliseconds> watchdog_interval() const { return interval_; }

 private:
  std::string socket_;  // a path, or '@' and an abstract name; "": nobody listens
  std::optional<std::chrono::milliseconds> interval_;
};

}  // namespace tandem::app
