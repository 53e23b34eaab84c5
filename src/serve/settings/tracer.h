// SPDX-License-Identifier: Apache-2.0
// Tracer: where the time of sampled requests went, written to a file in the form of Triton's traces.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "schedule/batch_answer.h"
#include "serve/settings/trace_file.h"
#include "serve/settings/trace_settings.h"

namespace tandem::serve {

/// One request that was sampled, after its answer is made.
struct TracedCall {
  std::uint64_t id = 0;  // from sample()
  std::string model;
  std::string version;
  std::string request_id;  // the caller's
  SteadyTime arrival{};    // its first byte
  SteadyTime begun{};      // handed to the model
  SteadyTime ended{};      // its outputs were there
  BatchTiming timing;
};

/// Thread-safe. The request path takes a lock only while tracing is on, and never waits for the disk.
class Tracer final {
 public:
  /// Traces that wait to be written; beyond that they are dropped, and dropped() counts them.
  static constexpr std::size_t kMaxWaiting = 4096;

  /// `file` "": there is nowhere to write to, so tracing cannot be switched on. Errors: the file cannot be made.
  static Result<std::unique_ptr<Tracer>> create(const std::filesystem::path& file);
  ~Tracer();  // writes what waits
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// Of a model, or of the server when `model` is "".
  TraceSettings settings(std::string_view model) const;
  /// errors   failed_precondition (switching on without a file, with the option's name)
  Status change(std::string_view model, const TraceChange& change);

  /// Counts one request of the model. Its number when it is to be traced.
  std::optional<std::uint64_t> sample(std::string_view model);
  void write(TracedCall call);

  /// Returns when everything that was given to write() before is in the file.
  void flush();

  const std::string& file() const { return file_; }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  struct Counts {
    std::uint64_t seen = 0;  // since the settings changed
    std::int64_t left = -1;  // -1: no limit
  };
  struct Waiting {
    TracedCall call;
    std::uint32_t log_frequency = 0;
  };

  explicit Tracer(std::string file);
  TraceSettings settings_locked(std::string_view model) const;  // needs mutex_
  void work();
  Status write_to_file(const Waiting& waiting);

  const std::string file_;
  std::atomic<bool> on_{false};  // any settings say so
  std::atomic<std::uint64_t> dropped_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  // Guarded by mutex_:
  TraceOverrides server_;
  std::map<std::string, TraceOverrides, std::less<>> models_;
  std::map<std::string, Counts, std::less<>> counts_;
  std::uint64_t last_id_ = 0;
  std::deque<Waiting> waiting_;
  bool writing_ = false;
  bool stopping_ = false;

  // Used by the writing thread only:
  std::optional<TraceFile> open_;
  std::uint32_t open_frequency_ = 0;  // with which open_ was opened
  std::uint64_t next_part_ = 0;       // of files that hold log_frequency traces each
  std::thread writer_;
};

}  // namespace tandem::serve
