// SPDX-License-Identifier: Apache-2.0
// A few lines of HTTP/1.1 over a socket: what a local collector needs, without a library of clients in every server.
#include "serve/observe/http_post.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "base/descriptor.h"

namespace tandem::serve {
namespace {

tl::unexpected<Error> unavailable(const HttpUrl& url, std::string_view what) {
  return fail(Code::kUnavailable, fmt::format("{}: {}", url.authority, what));
}

/// Waits until the socket is ready for `events`. Errors: unavailable.
Status wait_for(const Descriptor& socket, short events, const HttpUrl& url, SteadyTime end) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - system_clock().now());
    if (left.count() <= 0) return unavailable(url, "no answer in time");
    pollfd entry{socket.get(), events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return unavailable(url, std::strerror(errno));
  }
}

Result<Descriptor> connect_to_address(const addrinfo& address, const HttpUrl& url, SteadyTime end) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return unavailable(url, std::strerror(errno));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return unavailable(url, std::strerror(errno));
  TRY(wait_for(socket, POLLOUT, url, end));
  int problem = 0;
  socklen_t size = sizeof(problem);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) return unavailable(url, std::strerror(problem));
  return socket;
}

Result<Descriptor> connect_to(const HttpUrl& url, SteadyTime end) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(url.host.c_str(), fmt::to_string(url.port).c_str(), &hints, &found);
  if (failed != 0) return unavailable(url, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  Result<Descriptor> socket = unavailable(url, "it has no address");
  for (const addrinfo* address = addresses.get(); address != nullptr && !socket; address = address->ai_next) {
    socket = connect_to_address(*address, url, end);
  }
  return socket;
}

Status send_all(const Descriptor& socket, std::string_view bytes, const HttpUrl& url, SteadyTime end) {
  while (!bytes.empty()) {
    TRY(wait_for(socket, POLLOUT, url, end));
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return unavailable(url, std::strerror(errno));
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

/// The status line's number. The rest of the answer is of no interest.
Result<int> read_status(const Descriptor& socket, const HttpUrl& url, SteadyTime end) {
  constexpr std::size_t kNeeded = 12;  // "HTTP/1.1 200"
  std::string answer;
  while (answer.size() < kNeeded) {
    TRY(wait_for(socket, POLLIN, url, end));
    std::array<char, 512> part{};
    const ssize_t got = ::recv(socket.get(), part.data(), part.size(), 0);
    if (got == 0) return unavailable(url, "it closed without an answer");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return unavailable(url, std::strerror(errno));
    if (got > 0) answer.append(part.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  const auto parsed = std::from_chars(answer.data() + 9, answer.data() + kNeeded, status);
  if (!answer.starts_with("HTTP/1.") || parsed.ec != std::errc()) return unavailable(url, "it does not speak HTTP/1.1");
  return status;
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view url) {
  const auto wrong = [&] { return invalid_argument(fmt::format("expected http://HOST[:PORT][/PATH], got '{}'", url)); };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme) || url.find_first_of(" \t\r\n?#@") != std::string_view::npos) return wrong();
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  HttpUrl parts;
  parts.authority = authority;
  parts.path = rest.substr(slash);

  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return wrong();
    parts.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    parts.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (parts.host.empty()) return wrong();
  if (port.empty()) return parts;
  const auto [at, problem] = std::from_chars(port.data() + 1, port.data() + port.size(), parts.port);
  if (port[0] != ':' || problem != std::errc() || at != port.data() + port.size() || parts.port == 0) return wrong();
  return parts;
}

Status post_json(const HttpUrl& url, std::string_view json, std::chrono::milliseconds limit) {
  const SteadyTime end = system_clock().now() + limit;
  const Descriptor socket = TRY(connect_to(url, end));
  const std::string head = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: "
      "close\r\n\r\n",
      url.path.empty() ? "/" : url.path, url.authority, json.size());
  TRY(send_all(socket, head, url, end));
  TRY(send_all(socket, json, url, end));
  const int status = TRY(read_status(socket, url, end));
  if (status < 200 || status > 299) return unavailable(url, fmt::format("it answered with status {}", status));
  return {};
}

}  // namespace tandem::serve
