// SPDX-License-Identifier: Apache-2.0
// A socketpair and poll.
#include "bench/process/message_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tandem::bench {
namespace {

/// Memory for a body is taken as it comes: a length alone must not cost any.
constexpr std::size_t kBodyStep = std::size_t{16} << 20;
constexpr int kLongestPollMs = 60'000;

tl::unexpected<Error> connection_closed() {
  return fail(Code::kUnavailable, "the connection to the process that is measured was closed");
}

int milliseconds_until(SteadyTime deadline) {
  if (deadline == SteadyTime::max()) return kLongestPollMs;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, kLongestPollMs));
}

}  // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(Code::kUnavailable, fmt::format("no socket for a process: {}", std::strerror(errno)));
  }
  return std::pair(MessageSocket(Descriptor(ends[0])), MessageSocket(Descriptor(ends[1])));
}

void MessageSocket::listen_to(int fd, std::function<bool()> take) {
  other_fd_ = fd;
  take_ = std::move(take);
}

Status MessageSocket::wait_for(short events, SteadyTime deadline) {
  for (;;) {
    const int wait_ms = milliseconds_until(deadline);
    if (wait_ms == 0) return fail(Code::kDeadlineExceeded, "the process that is measured did not answer in time");
    std::array<pollfd, 2> waiting = {pollfd{socket_.get(), events, 0}, pollfd{other_fd_, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), wait_ms) < 0) {
      if (errno == EINTR) continue;
      return internal_error(fmt::format("cannot wait for the process that is measured: {}", std::strerror(errno)));
    }
    if (waiting[1].revents != 0 && !take_()) other_fd_ = -1;
    if (waiting[0].revents != 0) return {};
  }
}

Status MessageSocket::send_bytes(std::string_view bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return connection_closed();
    }
  }
  return {};
}

Status MessageSocket::send(MessageKind kind, std::string_view body, SteadyTime deadline) {
  if (body.size() > kMaxMessageBytes) {
    return fail(Code::kResourceExhausted,
                fmt::format("a message of {} bytes: at most {} are allowed", body.size(), kMaxMessageBytes));
  }
  std::array<char, kMessageHeaderBytes> header{};
  const std::uint64_t size = body.size();
  std::memcpy(header.data(), &size, sizeof(size));
  std::memcpy(header.data() + sizeof(size), &kind, sizeof(kind));
  TRY(send_bytes({header.data(), header.size()}, deadline));
  return send_bytes(body, deadline);
}

Status MessageSocket::receive_bytes(char* bytes, std::size_t count, SteadyTime deadline) {
  while (count > 0) {
    const ssize_t got = ::recv(socket_.get(), bytes, count, MSG_DONTWAIT);
    if (got > 0) {
      bytes += got;
      count -= static_cast<std::size_t>(got);
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      TRY(wait_for(POLLIN, deadline));
    } else if (got == 0 || errno != EINTR) {
      return connection_closed();
    }
  }
  return {};
}

Result<Message> MessageSocket::receive(SteadyTime deadline) {
  std::array<char, kMessageHeaderBytes> header{};
  TRY(receive_bytes(header.data(), header.size(), deadline));
  std::uint64_t size = 0;
  std::uint32_t zero = 0;
  Message message;
  std::memcpy(&size, header.data(), sizeof(size));
  std::memcpy(&message.kind, header.data() + sizeof(size), sizeof(message.kind));
  std::memcpy(&zero, header.data() + sizeof(size) + sizeof(message.kind), sizeof(zero));
  if (size > kMaxMessageBytes || zero != 0) {
    return fail(Code::kDataLoss, "what the process that is measured sent is no message");
  }
  for (std::size_t have = 0; have < size; have = message.body.size()) {
    message.body.resize(std::min<std::size_t>(size, have + kBodyStep));
    TRY(receive_bytes(message.body.data() + have, message.body.size() - have, deadline));
  }
  return message;
}

}  // namespace tandem::bench
