// SPDX-License-Identifier: Apache-2.0
// Listener: the bound, non-blocking sockets of one endpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "serve/http/endpoint.h"
#include "serve/http/unix_socket.h"

namespace tandem::serve {

/// Owns its sockets. Moves, does not copy.
class Listener final {
 public:
  /// TCP: listens on every address of the host (localhost: IPv4 and IPv6), all on one port.
  /// Errors: invalid_argument (unknown host), already_exists (port in use), permission_denied, internal; those of
  /// UnixSocket::listen.
  static Result<Listener> open(const Endpoint& endpoint);

  std::vector<int> sockets() const;
  std::uint16_t port() const { return port_; }  // 0 for a Unix socket

 private:
  Listener() = default;
  static Result<Listener> open_tcp(const std::string& host, std::uint16_t port);

  std::vector<Descriptor> tcp_;
  std::optional<UnixSocket> unix_;
  std::uint16_t port_ = 0;
};

}  // namespace tandem::serve
