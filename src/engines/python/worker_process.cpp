// SPDX-License-Identifier: Apache-2.0
// Two pipes, poll, and descriptors as ancillary data of a socket.
#include "engines/python/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/log.h"

namespace tandem::python {
namespace {

constexpr std::size_t kMaxLineBytes = 1024;
constexpr std::size_t kUsualMessageBytes = 4096;

tl::unexpected<Error> gone() { return fail(Code::kUnavailable, "the connection to the Python worker was closed"); }

/// While it lives, writing into a pipe that nobody reads is an error of this thread and not the end of the process.
class WithoutBrokenPipeSignal final {
 public:
  WithoutBrokenPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  WithoutBrokenPipeSignal(const WithoutBrokenPipeSignal&) = delete;
  WithoutBrokenPipeSignal& operator=(const WithoutBrokenPipeSignal&) = delete;
  ~WithoutBrokenPipeSignal() {
    const timespec at_once{};
    if (broken_ && ::sigismember(&before_, SIGPIPE) == 0) ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  ssize_t write(int fd, std::string_view bytes) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    broken_ = broken_ || (written < 0 && errno == EPIPE);
    return written;
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool broken_ = false;
};

/// One byte with a descriptor.
ssize_t send_descriptor(int socket, int fd) {
  char byte = 0;
  iovec part{&byte, 1};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(int));
  return ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// What the worker gets, as descriptors 3, 4 and 5.
struct WorkerEnds {
  Descriptor requests;
  Descriptor answers;
  Descriptor descriptors;
};

Result<std::pair<Channel, WorkerEnds>> open_channel() {
  std::array<int, 2> requests{};
  std::array<int, 2> answers{};
  std::array<int, 2> sockets{};
  std::pair<Channel, WorkerEnds> ends;
  if (::pipe2(requests.data(), O_CLOEXEC) == 0) {
    ends.second.requests = Descriptor(requests[0]);
    ends.first.requests = Descriptor(requests[1]);
    if (::pipe2(answers.data(), O_CLOEXEC) == 0) {
      ends.first.answers = Descriptor(answers[0]);
      ends.second.answers = Descriptor(answers[1]);
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) == 0) {
        ends.first.descriptors = Descriptor(sockets[0]);
        ends.second.descriptors = Descriptor(sockets[1]);
        // The worker's ends stay as they are: it waits in read and write.
        ::fcntl(requests[1], F_SETFL, O_NONBLOCK);
        ::fcntl(answers[0], F_SETFL, O_NONBLOCK);
        return ends;
      }
    }
  }
  return fail(Code::kUnavailable, fmt::format("no pipes for a Python worker: {}", std::strerror(errno)));
}

std::string trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return std::string(text.substr(0, kMaxLineBytes));
}

/// Without the current folder in the path of imports: a numpy.py that lies there is not meant.
constexpr const char* kBootstrap =
    "import sys; sys.path[:] = [sys.argv[1]] + [place for place in sys.path if place]; "
    "import runpy; runpy.run_module('tandem_worker.child', run_name='__main__')";

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
  auto [ours, theirs] = TRY(open_channel());
  const std::string threads = std::to_string(command.threads);
  const auto busy_poll_us = std::chrono::duration_cast<std::chrono::microseconds>(command.busy_poll).count();
  auto process =
      Subprocess::start({.program = command.interpreter,
                         .arguments = {"-c", kBootstrap, command.sdk.string()},
                         .environment = {{"PYTHONUNBUFFERED", "1"},
                                         {"PYTHONFAULTHANDLER", "1"},
                                         {"OMP_NUM_THREADS", threads},
                                         {"MKL_NUM_THREADS", threads},
                                         {"OPENBLAS_NUM_THREADS", threads},
                                         {"TANDEM_WORKER_BUSY_POLL_US", std::to_string(busy_poll_us)}},
                         .inherit = {theirs.requests.get(), theirs.answers.get(), theirs.descriptors.get()}});
  if (!process) return fail(Code::kUnavailable, process.error().message);
  return WorkerProcess(std::move(*process), std::move(ours), command.busy_poll);
}

bool WorkerProcess::is_idle() const {
  pollfd answers{channel_.answers.get(), POLLIN, 0};
  return received_bytes_ == 0 && ::poll(&answers, 1, 0) == 0;
}

/// Waits until the descriptor is ready for `events`; meanwhile takes what the worker prints, or its pipe would fill up
/// and stop it.
Status WorkerProcess::wait_for(int fd, short events, SteadyTime deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now());
    if (left.count() <= 0) return fail(Code::kDeadlineExceeded, "the Python worker did not answer in time");
    std::array<pollfd, 2> waiting = {pollfd{fd, events, 0},
                                     pollfd{output_open_ ? process_.output_fd() : -1, POLLIN, 0}};
    const auto wait_ms = std::min<std::chrono::milliseconds::rep>(left.count(), 60'000);
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(wait_ms)) < 0 && errno != EINTR) {
      return internal_error(fmt::format("cannot wait for the Python worker: {}", std::strerror(errno)));
    }
    if (waiting[1].revents != 0) log_output();
    if (waiting[0].revents != 0) return {};
  }
}

Status WorkerProcess::pass_descriptor(int fd, SteadyTime deadline) {
  while (send_descriptor(channel_.descriptors.get(), fd) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(channel_.descriptors.get(), POLLOUT, deadline));
    } else if (errno != EINTR) {
      return gone();
    }
  }
  return {};
}

Status WorkerProcess::send(std::string_view message, int fd, SteadyTime deadline) {
  if (fd >= 0) TRY(pass_descriptor(fd, deadline));
  WithoutBrokenPipeSignal pipe;
  while (!message.empty()) {
    const ssize_t written = pipe.write(channel_.requests.get(), message);
    if (written >= 0) {
      message.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(channel_.requests.get(), POLLOUT, deadline));
    } else if (errno != EINTR) {
      return gone();
    }
  }
  return {};
}

/// Appends to received_ what is there already; false when nothing is.
Result<bool> WorkerProcess::take_more() {
  const ssize_t got =
      ::read(channel_.answers.get(), received_.data() + received_bytes_, received_.size() - received_bytes_);
  if (got > 0) {
    received_bytes_ += static_cast<std::size_t>(got);
    return true;
  }
  if (got == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) return gone();
  return false;
}

/// Waits for something and appends it to received_.
Status WorkerProcess::receive_more(SteadyTime deadline) {
  do TRY(wait_for(channel_.answers.get(), POLLIN, deadline));
  while (!TRY(take_more()));
  return {};
}

/// Waits for the first bytes of an answer, awake while answers come soon: what the worker prints can wait as long.
Status WorkerProcess::receive_first(SteadyTime deadline) {
  Status received;
  const auto look = [&] {
    const Result<bool> taken = take_more();
    if (!taken) received = fail(taken.error());
    return !taken || *taken;
  };
  busy_poll_.wait(system_clock(), look, [&] { received = receive_more(deadline); });
  return received;
}

Result<Message> WorkerProcess::receive(SteadyTime deadline) {
  received_.resize(std::max(received_.size(), kUsualMessageBytes));
  received_bytes_ = 0;
  TRY(receive_first(deadline));
  while (received_bytes_ < kHeaderBytes) TRY(receive_more(deadline));
  const Header header = TRY(parse_header(std::span(received_).first(kHeaderBytes)));
  const std::size_t whole = kHeaderBytes + header.body_bytes;
  received_.resize(std::max(received_.size(), whole));
  while (received_bytes_ < whole) TRY(receive_more(deadline));
  if (received_bytes_ > whole) {
    return fail(Code::kDataLoss, "the Python worker broke the protocol: it sent more than it was asked for");
  }
  received_bytes_ = 0;
  return Message{header.kind, std::span<const std::byte>(received_).subspan(kHeaderBytes, header.body_bytes)};
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
  channel_ = Channel();  // closed: a worker that lives ends
  const std::optional<ExitStatus> ended = process_.wait(patience);
  const std::string how = ended ? to_string(*ended) : "killed";
  if (!ended) process_.kill();
  log_output();
  const std::string words = last_words(process_.output());
  return words.empty() ? how : how + ": " + words;
}

}  // namespace tandem::python
