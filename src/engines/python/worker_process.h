// SPDX-License-Identifier: Apache-2.0
// WorkerProcess: a Python process with pipes to and from it; messages in and out, each with a deadline.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/busy_poll.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "base/subprocess.h"
#include "engines/python/message.h"

namespace tandem::python {

struct WorkerCommand {
  std::string interpreter;
  std::filesystem::path sdk;        // contains the package tandem_worker
  int threads = 1;                  // OMP_NUM_THREADS and its like in the worker
  BusyPoll::Duration busy_poll{0};  // of both sides, for what the other one sends
};

struct Message {
  Kind kind = Kind::kFailed;
  std::span<const std::byte> body;  // valid until the next receive()
};

/// Our ends of what connects us. Pipes carry the messages, because they are quicker than a socket; only a socket
/// carries descriptors.
struct Channel {
  Descriptor requests;     // written here
  Descriptor answers;      // read here
  Descriptor descriptors;  // one byte with each descriptor that goes along with a request
};

/// Not thread-safe. What the worker prints goes to the log, a line an entry. After an error of send() or receive() only
/// end() may be called.
class WorkerProcess final {
 public:
  /// Errors: unavailable (it cannot be started)
  static Result<WorkerProcess> start(const WorkerCommand& command);

  /// Whether it lives and is silent, as a worker between two calls should be.
  bool is_idle() const;

  /// fd  goes along with the message; -1: none. Errors: unavailable (the worker is gone), deadline_exceeded
  Status send(std::string_view message, int fd, SteadyTime deadline);
  /// Errors: unavailable (the worker is gone), deadline_exceeded, data_loss (not a message)
  Result<Message> receive(SteadyTime deadline);

  /// Ends the process if it still runs after `patience`. How it ended and the last line it printed: "exit code 1:
  /// MemoryError".
  std::string end(std::chrono::milliseconds patience);

 private:
  WorkerProcess(Subprocess process, Channel channel, BusyPoll::Duration busy_poll)
      : process_(std::move(process)), channel_(std::move(channel)), busy_poll_(busy_poll) {}
  Status pass_descriptor(int fd, SteadyTime deadline);
  Status wait_for(int fd, short events, SteadyTime deadline);
  Result<bool> take_more();
  Status receive_first(SteadyTime deadline);
  Status receive_more(SteadyTime deadline);
  void log_output();

  Subprocess process_;
  Channel channel_;
  BusyPoll busy_poll_;
  std::vector<std::byte> received_;  // room for a message; the first received_bytes_ are there
  std::size_t received_bytes_ = 0;
  std::string line_;  // printed, but not ended yet
  bool output_open_ = true;
};

/// The line that says most about why a Python program ended: that of a fatal error if there is one, else the last.
std::string last_words(std::string_view output);

}  // namespace tandem::python
