// SPDX-License-Identifier: Apache-2.0
// A blocking socket whose waits the kernel ends (SO_RCVTIMEO, SO_SNDTIMEO).
#include "serve/client/client_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace tandem::serve {

Result<ClientSocket> ClientSocket::connect(const ServerAddress& address, std::chrono::milliseconds limit) {
  const auto unavailable = [&](std::string_view why) {
    return fail(Code::kUnavailable, fmt::format("{}: {}", address.authority, why));
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(address.host.c_str(), fmt::to_string(address.port).c_str(), &hints, &found)) {
    return unavailable(::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int problem = EADDRNOTAVAIL;
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    Descriptor socket(::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return unavailable(std::strerror(errno));
    const timeval wait{limit.count() / 1000, (limit.count() % 1000) * 1000};
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));  // of connect, too
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0) {
      return ClientSocket(std::move(socket), address.authority);
    }
    problem = errno;
  }
  return unavailable(std::strerror(problem));
}

tl::unexpected<Error> ClientSocket::broken() const {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return fail(Code::kDeadlineExceeded, fmt::format("{}: no answer in time", authority_));
  }
  return fail(Code::kUnavailable, fmt::format("{}: {}", authority_, std::strerror(errno)));
}

Status ClientSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EINTR) return broken();
  }
  return {};
}

Result<std::size_t> ClientSocket::receive(std::span<std::byte> bytes) {
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return broken();
  }
}

}  // namespace tandem::serve
