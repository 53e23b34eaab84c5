// SPDX-License-Identifier: Apache-2.0
// socket, bind and listen, with errors a person can act on.
#include "serve/http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace tandem::serve {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (status != 0) {
    return invalid_argument("host '" + host + "' has no address to listen on: " + ::gai_strerror(status));
  }
  return Addresses(found, &::freeaddrinfo);
}

void set_port(sockaddr* address, std::uint16_t port) {
  if (address->sa_family == AF_INET) reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  if (address->sa_family == AF_INET6) reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

// A listening socket, or -1 with errno set.
int listen_on(const addrinfo& address) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.ai_family == AF_INET6) {  // "::" takes IPv4 too; "::1" beside 127.0.0.1 does not meet it
    const int only = 0;
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  if (::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

Error listen_error(const std::string& host, std::uint16_t port, int error) {
  const std::string place = host + " port " + std::to_string(port);
  if (error == EADDRINUSE)
    return {Code::kAlreadyExists, place + " is in use by another program; choose another --port"};
  if (error == EACCES) return {Code::kPermissionDenied, place + " needs privileges; choose a port of 1024 or more"};
  if (error == EADDRNOTAVAIL) return {Code::kInvalidArgument, "host " + host + " is not an address of this machine"};
  return {Code::kInternal, "cannot listen on " + place + ": " + std::strerror(error)};
}

}  // namespace

Result<Listener> Listener::open(const std::string& host, std::uint16_t port) {
  const Addresses addresses = TRY(resolve(host));
  Listener listener;
  listener.port_ = port;
  int error = 0;
  for (addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    set_port(address->ai_addr, listener.port_);
    const int fd = listen_on(*address);
    if (fd >= 0) {
      listener.sockets_.push_back(fd);
      listener.port_ = bound_port(fd);
    } else if (errno == EADDRINUSE || errno == EACCES || error == 0) {
      error = errno;
    }
  }
  // A machine without IPv6 still has an address for localhost there: that one may be missing, a taken port may not.
  if (listener.sockets_.empty() || error == EADDRINUSE || error == EACCES) {
    return fail(listen_error(host, listener.port_, error));
  }
  return listener;
}

Listener::Listener(Listener&& other) noexcept : sockets_(std::move(other.sockets_)), port_(other.port_) {
  other.sockets_.clear();
}

Listener::~Listener() { close(); }

void Listener::close() {
  for (const int fd : sockets_) ::close(fd);
  sockets_.clear();
}

}  // namespace tandem::serve
