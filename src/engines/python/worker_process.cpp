// SPDX-License-Identifier: Apache-2.0
// A socketpair, poll, and descriptors as ancillary data.
#include "engines/python/worker_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"

namespace tandem::python {
namespace {

constexpr int kWorkerSocket = 3;  // the first inherited descriptor
constexpr std::size_t kMaxLineBytes = 1024;

tl::unexpected<Error> gone() { return fail(Code::kUnavailable, "the connection to the Python worker was closed"); }

/// sendmsg with, perhaps, a descriptor.
ssize_t send_some(int socket, std::string_view bytes, int fd) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (fd >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof(int));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::string trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return std::string(text.substr(0, kMaxLineBytes));
}

/// Without the current folder in the path of imports: a numpy.py that lies there is not meant.
constexpr const char* kBootstrap =
    "import sys; sys.path[:] = [sys.argv[1]] + [place for place in sys.path if place]; "
    "import runpy; runpy.run_module('tandem_worker', run_name='__main__')";

}  // namespace

std::string last_words(std::string_view output) {
  constexpr std::string_view kFatal = "Fatal Python error: ";
  if (const auto at = output.rfind(kFatal); at != std::string_view::npos) {
    return trim(output.substr(at, output.find('\n', at) - at));
  }
  while (!output.empty()) {
    const auto newline = output.rfind('\n');
    const auto begin = newline == std::string_view::npos ? 0 : newline + 1;
    std::string line = trim(output.substr(begin));
    if (!line.empty()) return line;
    output = output.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return {};
}

Result<WorkerProcess> WorkerProcess::start(const WorkerCommand& command) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(Code::kUnavailable, fmt::format("no socket for a Python worker: {}", std::strerror(errno)));
  }
  Descriptor ours(pair[0]);
  const Descriptor theirs(pair[1]);
  const std::string threads = std::to_string(command.threads);
  auto process =
      Subprocess::start({.program = command.interpreter,
                         .arguments = {"-c", kBootstrap, command.sdk.string(), std::to_string(kWorkerSocket)},
                         .environment = {{"PYTHONUNBUFFERED", "1"},
                                         {"PYTHONFAULTHANDLER", "1"},
                                         {"OMP_NUM_THREADS", threads},
                                         {"MKL_NUM_THREADS", threads},
                                         {"OPENBLAS_NUM_THREADS", threads}},
                         .inherit = {theirs.get()}});
  if (!process) return fail(Code::kUnavailable, process.error().message);
  return WorkerProcess(std::move(*process), std::move(ours));
}

bool WorkerProcess::is_idle() const {
  pollfd socket{socket_.get(), POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

/// Waits until the socket is ready for `events`; meanwhile takes what the worker prints, or its pipe would fill up and
/// stop it.
Status WorkerProcess::wait_for(short events, SteadyTime deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now());
    if (left.count() <= 0) return fail(Code::kDeadlineExceeded, "the Python worker did not answer in time");
    std::array<pollfd, 2> waiting = {pollfd{socket_.get(), events, 0},
                                     pollfd{output_open_ ? process_.output_fd() : -1, POLLIN, 0}};
    const auto wait_ms = std::min<std::chrono::milliseconds::rep>(left.count(), 60'000);
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(wait_ms)) < 0 && errno != EINTR) {
      return internal_error(fmt::format("cannot wait for the Python worker: {}", std::strerror(errno)));
    }
    if (waiting[1].revents != 0) log_output();
    if (waiting[0].revents != 0) return {};
  }
}

Status WorkerProcess::send(std::string_view message, int fd, SteadyTime deadline) {
  while (!message.empty()) {
    const ssize_t sent = send_some(socket_.get(), message, fd);
    if (sent >= 0) {
      message.remove_prefix(static_cast<std::size_t>(sent));
      fd = -1;  // it went with the first byte
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return gone();
    }
  }
  return {};
}

Status WorkerProcess::receive_bytes(std::span<std::byte> bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      TRY(wait_for(POLLIN, deadline));
    } else if (got == 0 || errno != EINTR) {
      return gone();
    }
  }
  return {};
}

Result<Message> WorkerProcess::receive(SteadyTime deadline) {
  std::array<std::byte, kHeaderBytes> bytes{};
  TRY(receive_bytes(bytes, deadline));
  const Header header = TRY(parse_header(bytes));
  Message message{header.kind, std::vector<std::byte>(header.body_bytes)};
  TRY(receive_bytes(message.body, deadline));
  return message;
}

void WorkerProcess::log_output() {
  const std::string taken = process_.take_output();
  output_open_ = !taken.empty();  // readable without bytes: closed
  line_ += taken;
  for (auto newline = line_.find('\n'); newline != std::string::npos; newline = line_.find('\n')) {
    log::info(trim(line_.substr(0, newline)), {{"from", "python"}, {"pid", std::to_string(process_.pid())}});
    line_.erase(0, newline + 1);
  }
  if (line_.size() > Subprocess::kOutputKept) line_.clear();
}

std::string WorkerProcess::end(std::chrono::milliseconds patience) {
  socket_.close();
  const std::optional<ExitStatus> ended = process_.wait(patience);
  const std::string how = ended ? to_string(*ended) : "killed";
  if (!ended) process_.kill();
  log_output();
  const std::string words = last_words(process_.output());
  return words.empty() ? how : how + ": " + words;
}

}  // namespace tandem::python
