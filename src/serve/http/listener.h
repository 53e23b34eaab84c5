// SPDX-License-Identifier: Apache-2.0
// Listening sockets: a host name and port in, bound non-blocking sockets out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem::serve {

/// Owns its sockets. Moves, does not copy.
class Listener final {
 public:
  /// Listens on every address of `host` (localhost: IPv4 and IPv6), all on one port. `port` 0: any free one.
  /// Errors: invalid_argument (unknown host), already_exists (port in use), permission_denied, internal.
  static Result<Listener> open(const std::string& host, std::uint16_t port);
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  const std::vector<int>& sockets() const { return sockets_; }
  std::uint16_t port() const { return port_; }
  void close();

 private:
  Listener() = default;

  std::vector<int> sockets_;
  std::uint16_t port_ = 0;
};

}  // namespace tandem::serve
