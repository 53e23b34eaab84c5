// SPDX-License-Identifier: Apache-2.0
// ClientSocket: a TCP connection that this program opens, with a limit on every wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"
#include "serve/client/server_address.h"

namespace tandem::serve {

/// Not thread-safe. Moves, does not copy.
class ClientSocket final {
 public:
  /// limit  of connecting, and of each later call. Errors: unavailable (no such host, nobody there)
  static Result<ClientSocket> connect(const ServerAddress& address, std::chrono::milliseconds limit);

  /// Errors: unavailable (it was closed), deadline_exceeded
  Status send(std::string_view bytes);
  /// At least one byte, at most as many as fit; 0: the other side has ended. Errors: as above
  Result<std::size_t> receive(std::span<std::byte> bytes);

 private:
  ClientSocket(Descriptor socket, std::string authority)
      : socket_(std::move(socket)), authority_(std::move(authority)) {}
  tl::unexpected<Error> broken() const;

  Descriptor socket_;
  std::string authority_;
};

}  // namespace tandem::serve
