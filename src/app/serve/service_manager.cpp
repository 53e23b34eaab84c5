// SPDX-License-Identifier: Apache-2.0
// One datagram a message, without libsystemd.
#include "app/serve/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/descriptor.h"

namespace tandem::app {
namespace {

std::string_view environment_text(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<std::int64_t> environment_number(const char* name) {
  const std::string_view text = environment_text(name);
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

bool watchdog_is_for_this_process() {
  return environment_text("WATCHDOG_PID").empty() || environment_number("WATCHDOG_PID") == ::getpid();
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.socket_ = environment_text("NOTIFY_SOCKET");
  const auto limit_us = environment_number("WATCHDOG_USEC");
  if (!manager.socket_.empty() && limit_us && watchdog_is_for_this_process()) {
    manager.interval_ = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(*limit_us / 2));
  }
  return manager;
}

void ServiceManager::notify(std::string_view state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return;
  [[maybe_unused]] const auto sent = ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                              reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace tandem::app
