// SPDX-License-Identifier: Apache-2.0
// posix_spawn, pipes and process groups behind base/subprocess.h.
#include "base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

#include "base/check.h"
#include "base/low_priority.h"

extern char** environ;

namespace tandem {
namespace {

constexpr int kFirstInherited = 3;
constexpr std::chrono::milliseconds kLongestNap{5};

Error spawn_error(const std::filesystem::path& program, int code) {
  const Code canonical = code == ENOENT || code == ENOTDIR ? Code::kNotFound
                         : code == EACCES || code == EPERM ? Code::kPermissionDenied
                         : code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE
                             ? Code::kResourceExhausted
                             : Code::kInternal;
  return {canonical, fmt::format("cannot start {}: {}", program.string(), std::strerror(code))};
}

/// Posix_spawn's two descriptions of the child, released with it.
class SpawnPlan final {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// Standard streams, the inherited descriptors, and nothing else. 0, or the errno of what failed.
  int set_descriptors(int output, const std::vector<Descriptor>& inherit) {
    int failed = ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    for (const int standard : {1, 2}) {
      if (failed == 0) failed = ::posix_spawn_file_actions_adddup2(&actions_, output, standard);
    }
    int next = kFirstInherited;
    for (const Descriptor& fd : inherit) {
      if (failed == 0) failed = ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), next++);
    }
    return failed != 0 ? failed : ::posix_spawn_file_actions_addclosefrom_np(&actions_, next);
  }

  /// A process group of its own, no blocked signals, and the usual answer to each.
  int set_signals() {
    sigset_t none;
    sigset_t every;
    ::sigemptyset(&none);
    ::sigfillset(&every);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &every);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    return ::posix_spawnattr_setflags(&attributes_,
                                      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<std::string> make_environment(const SubprocessOptions& options) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(options.environment.begin(), options.environment.end(),
                                      [&](const auto& added) { return added.first == name; });
    if (!replaced) environment.emplace_back(text);
  }
  for (const auto& [name, value] : options.environment) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Copies whose numbers are above every number that the child will have, so that none is overwritten before it is used.
Result<std::vector<Descriptor>> lift(const std::vector<int>& fds) {
  std::vector<Descriptor> lifted;
  for (const int fd : fds) {
    lifted.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstInherited + static_cast<int>(fds.size())));
    if (!lifted.back().is_open())
      return internal_error(fmt::format("cannot pass a descriptor on: {}", std::strerror(errno)));
  }
  return lifted;
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  if (status.signal != 0) return fmt::format("signal {} ({})", status.signal, ::strsignal(status.signal));
  return fmt::format("exit code {}", status.code);
}

Result<Subprocess> Subprocess::start(const SubprocessOptions& options) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail(spawn_error(options.program, errno));
  Descriptor read_end(pipe[0]);
  const Descriptor write_end(pipe[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);

  const std::vector<Descriptor> inherit = TRY(lift(options.inherit));
  std::vector<std::string> arguments = {options.program.string()};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment = make_environment(options);

  SpawnPlan plan;
  int failed = plan.set_descriptors(write_end.get(), inherit);
  if (failed == 0) failed = plan.set_signals();
  pid_t pid = -1;
  if (failed == 0) {
    failed = ::posix_spawnp(&pid, options.program.c_str(), plan.actions(), plan.attributes(),
                            pointers_to(arguments).data(), pointers_to(environment).data());
  }
  if (failed != 0) return fail(spawn_error(options.program, failed));
  LowPriority::lift_child(pid);  // a worker that a polite thread starts will serve requests
  return Subprocess(pid, std::move(read_end));
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_pipe_(std::move(other.output_pipe_)),
      output_(std::move(other.output_)),
      status_(other.status_) {}

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_pipe_, other.output_pipe_);
  std::swap(output_, other.output_);
  std::swap(status_, other.status_);
  return *this;
}

Subprocess::~Subprocess() {
  if (pid_ > 0) kill();
}

bool Subprocess::ended() const {
  siginfo_t info{};
  // WNOWAIT leaves the child a zombie, so that its group's number is still its own when the rest is killed.
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid_;
}

ExitStatus Subprocess::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFSIGNALED(status) ? ExitStatus{0, WTERMSIG(status)} : ExitStatus{WEXITSTATUS(status), 0};
  return *status_;
}

std::optional<ExitStatus> Subprocess::wait(std::chrono::milliseconds timeout) {
  if (status_) return status_;
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (std::chrono::milliseconds nap{1}; !ended(); nap = std::min(nap * 2, kLongestNap)) {
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(nap);
  }
  return kill();
}

ExitStatus Subprocess::kill() {
  CHECK(pid_ > 0);
  if (status_) return *status_;
  ::kill(-pid_, SIGKILL);
  return reap();
}

std::string Subprocess::take_output() {
  std::string taken;
  std::array<char, 4096> chunk;
  // A child that prints without end must not keep us here.
  while (taken.size() < kOutputKept) {
    const ssize_t got = ::read(output_pipe_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    taken.append(chunk.data(), static_cast<std::size_t>(got));
  }
  output_ += taken;
  if (output_.size() > kOutputKept) output_.erase(0, output_.size() - kOutputKept);
  return taken;
}

Result<FinishedProcess> run_to_end(const SubprocessOptions& options, std::chrono::milliseconds timeout) {
  Subprocess process = TRY(Subprocess::start(options));
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    process.take_output();
    if (const auto status = process.wait(std::chrono::milliseconds(0))) {
      process.take_output();
      return FinishedProcess{*status, process.output()};
    }
    if (std::chrono::steady_clock::now() >= end) {
      return fail(Code::kDeadlineExceeded,
                  fmt::format("{} did not end within {} ms and was killed", options.program.string(), timeout.count()));
    }
    pollfd output{process.output_fd(), POLLIN, 0};
    ::poll(&output, 1, static_cast<int>(kLongestNap.count()));
    // A closed pipe is always readable: without this, the wait for the exit would spin.
    if ((output.revents & POLLHUP) != 0) static_cast<void>(process.wait(kLongestNap));
  }
}

}  // namespace tandem
