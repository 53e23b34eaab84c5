// SPDX-License-Identifier: Apache-2.0
// A few lines of HTTP/1.1 over a stream: what a collector needs, without a library of clients in every server.
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

namespace tandem::serve {
namespace {

tl::unexpected<Error> unavailable(const HttpUrl& url, std::string_view what) {
  return fail(Code::kUnavailable, fmt::format("{}: {}", url.authority, what));
}

/// Waits until the socket is ready for `events`. Errors: unavailable.
Status wait_for(int socket, short events, const HttpUrl& url, SteadyTime end) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - system_clock().now());
    if (left.count() <= 0) return unavailable(url, "no answer in time");
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return unavailable(url, std::strerror(errno));
  }
}

Result<std::unique_ptr<ByteStream>> connect_to_address(const addrinfo& address, const HttpUrl& url, SteadyTime end) {
  const int socket = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return unavailable(url, std::strerror(errno));
  std::unique_ptr<ByteStream> stream = make_plain_stream(socket);
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return stream;
  if (errno != EINPROGRESS) return unavailable(url, std::strerror(errno));
  TRY(wait_for(socket, POLLOUT, url, end));
  int problem = 0;
  socklen_t size = sizeof(problem);
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) return unavailable(url, std::strerror(problem));
  return stream;
}

Result<std::unique_ptr<ByteStream>> connect_to(const HttpUrl& url, SteadyTime end) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(url.host.c_str(), fmt::to_string(url.port).c_str(), &hints, &found);
  if (failed != 0) return unavailable(url, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  Result<std::unique_ptr<ByteStream>> stream = unavailable(url, "it has no address");
  for (const addrinfo* address = addresses.get(); address != nullptr && !stream; address = address->ai_next) {
    stream = connect_to_address(*address, url, end);
  }
  return stream;
}

/// A connection to the host of the URL, and until when it may be used.
class Post final {
 public:
  static Result<Post> open(const HttpUrl& url, const ClientStreamFactory& tls, SteadyTime end) {
    Post post(url, TRY(connect_to(url, end)), end);
    if (url.tls) TRY(post.begin_tls(tls));
    return post;
  }

  Status send(std::string_view bytes) {
    while (!bytes.empty()) {
      const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
      const ssize_t sent = stream_->write({&piece, 1});
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent == ByteStream::kLater) TRY(wait(url_.tls && !stream_->must_write() ? POLLIN : POLLOUT));
      if (sent == ByteStream::kBroken) return broken();
    }
    return {};
  }

  /// The status line's number. The rest of the answer is of no interest.
  Result<int> read_status() {
    constexpr std::size_t kNeeded = 12;  // "HTTP/1.1 200"
    std::string answer;
    while (answer.size() < kNeeded) answer += TRY(read());
    int status = 0;
    const auto parsed = std::from_chars(answer.data() + 9, answer.data() + kNeeded, status);
    if (!answer.starts_with("HTTP/1.") || parsed.ec != std::errc()) {
      return unavailable(url_, "it does not speak HTTP/1.1");
    }
    return status;
  }

 private:
  Post(const HttpUrl& url, std::unique_ptr<ByteStream> stream, SteadyTime end)
      : url_(url), stream_(std::move(stream)), end_(end) {}

  Status wait(int events) const { return wait_for(stream_->fd(), static_cast<short>(events), url_, end_); }
  tl::unexpected<Error> broken() const {
    const std::string why = tls_ != nullptr ? tls_->problem() : "";
    return unavailable(url_, why.empty() ? "it closed the connection" : why);
  }

  /// Nothing is sent before the other side has shown who it is.
  Status begin_tls(const ClientStreamFactory& tls) {
    std::unique_ptr<ClientStream> secure = tls(std::move(stream_), url_.host);
    if (!secure) return unavailable(url_, "cannot speak TLS with a host of that name");
    tls_ = secure.get();
    stream_ = std::move(secure);
    while (stream_->is_opening()) {
      std::array<std::byte, 1> early{};  // no server speaks first
      const ssize_t got = stream_->read(early);
      if (got >= 0 || got == ByteStream::kBroken) return broken();
      if (stream_->is_opening()) TRY(wait(stream_->must_write() ? POLLOUT : POLLIN));
    }
    return {};
  }

  Result<std::string> read() {
    std::array<char, 512> part{};
    for (;;) {
      const ssize_t got = stream_->read(std::as_writable_bytes(std::span(part)));
      if (got > 0) return std::string(part.data(), static_cast<std::size_t>(got));
      if (got == 0) return unavailable(url_, "it closed without an answer");
      if (got == ByteStream::kBroken) return broken();
      TRY(wait(stream_->must_write() ? POLLOUT : POLLIN));
    }
  }

  const HttpUrl& url_;
  std::unique_ptr<ByteStream> stream_;
  const ClientStream* tls_ = nullptr;  // stream_, where it speaks TLS
  SteadyTime end_;
};

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view url) {
  const auto wrong = [&] {
    return invalid_argument(fmt::format("expected http://HOST[:PORT][/PATH] or https://..., got '{}'", url));
  };
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kSecure = "https://";
  const bool tls = url.starts_with(kSecure);
  if (!tls && !url.starts_with(kPlain)) return wrong();
  if (url.find_first_of(" \t\r\n?#@") != std::string_view::npos) return wrong();
  const std::string_view rest = url.substr(tls ? kSecure.size() : kPlain.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  HttpUrl parts;
  parts.tls = tls;
  if (tls) parts.port = 443;
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

Status post_json(const HttpUrl& url, const ClientStreamFactory& tls, std::string_view json,
                 std::chrono::milliseconds limit) {
  Post post = TRY(Post::open(url, tls, system_clock().now() + limit));
  const std::string head = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: "
      "close\r\n\r\n",
      url.path.empty() ? "/" : url.path, url.authority, json.size());
  TRY(post.send(head));
  TRY(post.send(json));
  const int status = TRY(post.read_status());
  if (status < 200 || status > 299) return unavailable(url, fmt::format("it answered with status {}", status));
  return {};
}

}  // namespace tandem::serve
