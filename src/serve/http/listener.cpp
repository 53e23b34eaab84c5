// SPDX-License-Identifier: Apache-2.0
// socket, bind and listen, with errors a person can act on.
#include "serve/http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

// A listening socket, or none with errno set.
Descriptor listen_on(const addrinfo& address) {
  Descriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fd;
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.ai_family == AF_INET6) {  // "::" takes IPv4 too; "::1" beside 127.0.0.1 does not meet it
    const int only = 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd.get(), SOMAXCONN) == 0) return fd;
  const int error = errno;
  fd.close();
  errno = error;
  return fd;
}

Error listen_error(const std::string& host, std::uint16_t port, int error) {
  const std::string place = host + " port " + std::to_string(port);
  if (error == EADDRINUSE) return {Code::kAlreadyExists, place + " is in use by another program; choose another port"};
  if (error == EACCES) return {Code::kPermissionDenied, place + " needs privileges; choose a port of 1024 or more"};
  if (error == EADDRNOTAVAIL) return {Code::kInvalidArgument, "host " + host + " is not an address of this machine"};
  return {Code::kInternal, "cannot listen on " + place + ": " + std::strerror(error)};
}

}  // namespace

Result<Listener> Listener::open(const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::kTcp) return open_tcp(endpoint.host, endpoint.port);
  Listener listener;
  listener.unix_.emplace(TRY(UnixSocket::listen(endpoint.path, endpoint.mode)));
  return listener;
}

Result<Listener> Listener::open_tcp(const std::string& host, std::uint16_t port) {
  const Addresses addresses = TRY(resolve(host));
  Listener listener;
  listener.port_ = port;
  int error = 0;
  for (addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    set_port(address->ai_addr, listener.port_);
    Descriptor fd = listen_on(*address);
    if (fd.is_open()) {
      listener.port_ = bound_port(fd.get());
      listener.tcp_.push_back(std::move(fd));
    } else if (errno == EADDRINUSE || errno == EACCES || error == 0) {
      error = errno;
    }
  }
  // A machine without IPv6 still has an address for localhost there: that one may be missing, a taken port may not.
  if (listener.tcp_.empty() || error == EADDRINUSE || error == EACCES) {
    return fail(listen_error(host, listener.port_, error));
  }
  return listener;
}

std::vector<int> Listener::sockets() const {
  std::vector<int> sockets;
  for (const Descriptor& fd : tcp_) sockets.push_back(fd.get());
  if (unix_) sockets.push_back(unix_->fd());
  return sockets;
}

}  // namespace tandem::serve
