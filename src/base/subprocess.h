// SPDX-License-Identifier: Apache-2.0
// Subprocess: another program as a child of this one, with what it prints kept in bounded memory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem {

struct SubprocessOptions {
  std::filesystem::path program;       // a name without '/' is looked up in PATH
  std::vector<std::string> arguments;  // without the program itself
  /// Added to this process's environment; a name that is there already gets the new value.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Descriptors that the child gets as 3, 4, ...; borrowed. Nothing else is passed on; standard input is empty.
  std::vector<int> inherit;
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    // what it gave to exit(), when signal is 0
  int signal = 0;  // the signal that ended it; 0: none

  bool success() const { return code == 0 && signal == 0; }
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};
/// "exit code 3", "signal 11 (Segmentation fault)"
std::string to_string(const ExitStatus& status);

/// A running child in a process group of its own. Not thread-safe. Moves, does not copy.
///
/// Standard output and standard error of the child are one pipe, which somebody must empty: take_output() is cheap,
/// never blocks, and is to be called whenever output_fd() is readable.
class Subprocess final {
 public:
  /// Of what the child prints, this much is kept, the newest.
  static constexpr std::size_t kOutputKept = 64 * 1024;

  /// Errors: not_found (no such program), permission_denied, resource_exhausted, internal.
  static Result<Subprocess> start(const SubprocessOptions& options);

  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&& other) noexcept;
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;
  /// Kills the child and its group when it still runs.
  ~Subprocess();

  pid_t pid() const { return pid_; }

  /// Waits until the child has ended, at most `timeout`, and then ends what is left of its group; nothing when it still
  /// runs. May be called again after the end.
  std::optional<ExitStatus> wait(std::chrono::milliseconds timeout);

  /// Ends the child and its group at once (SIGKILL) and waits for that.
  ExitStatus kill();

  int output_fd() const { return output_pipe_.get(); }
  /// Reads what the child has printed since; returns it.
  std::string take_output();
  /// The newest kOutputKept bytes of everything that was taken.
  const std::string& output() const { return output_; }

 private:
  Subprocess(pid_t pid, Descriptor output_pipe) : pid_(pid), output_pipe_(std::move(output_pipe)) {}
  bool ended() const;
  ExitStatus reap();

  pid_t pid_ = -1;
  Descriptor output_pipe_;
  std::string output_;
  std::optional<ExitStatus> status_;
};

/// A program that was run from start to end.
struct FinishedProcess {
  ExitStatus status;
  std::string output;  // the newest Subprocess::kOutputKept bytes
};

/// Errors: those of Subprocess::start; deadline_exceeded (it was killed after `timeout`).
Result<FinishedProcess> run_to_end(const SubprocessOptions& options, std::chrono::milliseconds timeout);

}  // namespace tandem
