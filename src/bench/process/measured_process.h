// SPDX-License-Identifier: Apache-2.0
// MeasuredProcess: one model with one engine in a process of its own, as a side of a comparison.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/subprocess.h"
#include "bench/process/contender_process.h"
#include "bench/process/message_socket.h"
#include "bench/side.h"
#include "engine/options.h"

namespace tandem::bench {

struct ContenderSpec {
  std::string engine;           // empty: the first that takes the file
  std::filesystem::path model;  // or a file beside it that the engine takes (engine/engine_file.h)
  SessionOptions options;       // `instances` runs go on at once in a block
  /// What is started: by default this very program, whose verb `measure-worker` calls serve_measurements() with
  /// descriptor 3.
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> arguments = {"measure-worker"};
  std::chrono::milliseconds load_patience{300'000};
  std::chrono::milliseconds run_patience{120'000};  // beyond what a block is asked to last
};

/// `start prepare (run_set | run_block | memory)*`. Not thread-safe. Its process ends with it, and when this process
/// ends in whatever way. An error of the engine leaves the process as it is; when the process dies or does not answer
/// in time, it is ended, and every later call fails with the same error.
class MeasuredProcess final : public Side {
 public:
  /// Starts the process and loads the model.
  /// Errors: those of Engine::load; unavailable (it cannot be started, or died), deadline_exceeded (it was killed)
  static Result<std::unique_ptr<MeasuredProcess>> start(const ContenderSpec& spec);
  ~MeasuredProcess() override;
  MeasuredProcess(const MeasuredProcess&) = delete;
  MeasuredProcess& operator=(const MeasuredProcess&) = delete;

  const LoadedContender& loaded() const { return loaded_; }
  pid_t pid() const { return process_.pid(); }
  Result<MemoryUse> memory();

  const ModelInfo& info() const override { return loaded_.info; }
  /// The inputs are sent; they need not live on.
  Status prepare(const ModelInfo& reference, std::span<const std::vector<Tensor>> input_sets) override;
  Result<Answer> run_set(std::size_t set) override;
  Result<Block> run_block(std::chrono::nanoseconds duration) override;

 private:
  MeasuredProcess(Subprocess process, MessageSocket socket, std::chrono::milliseconds run_patience);
  /// Sends a request and waits for its answer, which must be of the kind `wanted`; its body.
  Result<std::string> ask(MessageKind kind, std::string_view body, MessageKind wanted,
                          std::chrono::nanoseconds patience);
  Error lose(const Error& reason);
  void end();

  Subprocess process_;
  MessageSocket socket_;
  std::chrono::milliseconds run_patience_;
  LoadedContender loaded_;
  std::optional<Error> lost_;
};

}  // namespace tandem::bench
