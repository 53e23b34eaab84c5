// SPDX-License-Identifier: Apache-2.0
// getpeername as text.
#include "serve/http/peer_name.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>

namespace tandem::serve {

std::string peer_name(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::getpeername(socket, raw, &length) != 0) return {};
  if (address.ss_family == AF_UNIX) return "unix";
  std::array<char, 64> host{};
  std::array<char, 8> port{};
  if (::getnameinfo(raw, length, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) !=
      0) {
    return {};
  }
  const std::string name = host.data();
  return (address.ss_family == AF_INET6 ? "[" + name + "]" : name) + ":" + port.data();
}

}  // namespace tandem::serve
