// SPDX-License-Identifier: Apache-2.0
// Calls take a free worker, or wait for one in a bounded queue.
#include "engines/python/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "engine/run_checks.h"

namespace tandem::python {
namespace {

constexpr std::size_t kMaxWaiting = 1024;

/// The workers nobody uses now. Thread-safe.
class FreeWorkers final {
 public:
  /// Errors: resource_exhausted (too many wait already)
  Result<Worker*> take() {
    std::unique_lock lock(mutex_);
    if (free_.empty() && waiting_ >= kMaxWaiting) {
      return fail(Code::kResourceExhausted, fmt::format("{} calls wait for a Python worker already", waiting_));
    }
    ++waiting_;
    freed_.wait(lock, [this] { return !free_.empty(); });
    --waiting_;
    // One that died would first have to start.
    auto chosen = std::find_if(free_.rbegin(), free_.rend(), [](const Worker* worker) { return worker->started(); });
    if (chosen == free_.rend()) chosen = free_.rbegin();
    Worker* worker = *chosen;
    free_.erase(std::next(chosen).base());
    return worker;
  }

  void give(Worker* worker) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(worker);
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Worker*> free_;  // guarded by mutex_; the last one was used last
  std::size_t waiting_ = 0;    // guarded by mutex_
};

class PythonSession final : public Session {
 public:
  PythonSession(std::vector<std::unique_ptr<Worker>> workers, const ReadyMessage& ready, int threads)
      : workers_(std::move(workers)), cores_(ready.device == "cpu" ? threads : 0) {
    info_.inputs = ready.inputs;
    info_.outputs = ready.outputs;
    info_.graph_name = ready.name;
    info_.producer = ready.runtime;
    info_.description = ready.description;
    description_ =
        fmt::format("{}, {} thread{}, {} worker process{}: {}", ready.device, threads, threads == 1 ? "" : "s",
                    workers_.size(), workers_.size() == 1 ? "" : "es", ready.runtime);
    for (const auto& worker : workers_) free_.give(worker.get());
  }

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return description_; }
  int cores() const override { return cores_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    TRY(check_run(info_, inputs, outputs));
    Worker* worker = TRY(free_.take());
    Status done = worker->run(info_, inputs, outputs);
    free_.give(worker);
    return done;
  }

 private:
  const std::vector<std::unique_ptr<Worker>> workers_;
  const int cores_;
  ModelInfo info_;           // const after the constructor
  std::string description_;  // const after the constructor
  FreeWorkers free_;
};

}  // namespace

Result<std::unique_ptr<Session>> make_session(const WorkerOptions& options, int instances, const Clock& clock) {
  std::vector<std::unique_ptr<Worker>> workers;
  ReadyMessage ready;
  for (int i = 0; i < std::max(1, instances); ++i) {
    workers.push_back(std::make_unique<Worker>(options, clock));
    ready = TRY(workers.back()->start());
  }
  return std::make_unique<PythonSession>(std::move(workers), ready, options.command.threads);
}

}  // namespace tandem::python
