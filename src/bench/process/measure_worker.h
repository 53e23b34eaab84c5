// SPDX-License-Identifier: Apache-2.0
// What runs in the process of one side: loads one model, then does what it is asked over a socket.
#pragma once

#include <thread>

#include "base/descriptor.h"
#include "base/error.h"
#include "bench/process/message_socket.h"
#include "engine/registry.h"

namespace tandem::bench {

/// Answers requests until the other end closes the connection, which is no error. Errors: data_loss (not a message)
Status serve_measurements(const EngineRegistry& engines, MessageSocket socket);

/// While it lives, this process ends when the other end of `socket` is closed and a few seconds have passed: also in
/// the middle of a run that does not end.
class EndWithPeer final {
 public:
  /// Errors: internal
  static Result<EndWithPeer> watch(int socket);
  EndWithPeer(EndWithPeer&&) noexcept = default;
  EndWithPeer(const EndWithPeer&) = delete;
  EndWithPeer& operator=(const EndWithPeer&) = delete;
  ~EndWithPeer();

 private:
  explicit EndWithPeer(Descriptor stop) : stop_(std::move(stop)) {}

  Descriptor stop_;  // closing it ends the thread that watches
  std::thread watcher_;
};

}  // namespace tandem::bench
