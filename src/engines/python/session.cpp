// SPDX-License-Identifier: Apache-2.0
// Calls take a free worker, or wait for one in a bounded queue.
#include "engines/python/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

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

/// The workers of one stage, or of a model without stages.
struct WorkerGroup {
  std::vector<std::unique_ptr<Worker>> workers;
  FreeWorkers free;
};

using WorkerGroups = std::vector<std::unique_ptr<WorkerGroup>>;

/// A worker that goes back when this ends.
class BorrowedWorker final {
 public:
  static Result<BorrowedWorker> take(FreeWorkers& from) { return BorrowedWorker(from, TRY(from.take())); }
  BorrowedWorker(BorrowedWorker&& other) noexcept
      : from_(other.from_), worker_(std::exchange(other.worker_, nullptr)) {}
  BorrowedWorker& operator=(BorrowedWorker&&) = delete;
  BorrowedWorker(const BorrowedWorker&) = delete;
  BorrowedWorker& operator=(const BorrowedWorker&) = delete;
  ~BorrowedWorker() {
    if (worker_ != nullptr) from_.give(worker_);
  }
  Worker* operator->() const { return worker_; }

 private:
  BorrowedWorker(FreeWorkers& from, Worker* worker) : from_(from), worker_(worker) {}
  FreeWorkers& from_;
  Worker* worker_;
};

/// "2 worker processes"; "3 worker processes (preprocess 2, predict 1)"
std::string describe_workers(const WorkerGroups& groups, const std::vector<Stage>& stages) {
  std::size_t count = 0;
  for (const auto& group : groups) count += group->workers.size();
  std::string text = fmt::format("{} worker process{}", count, count == 1 ? "" : "es");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? " (" : ", ", stages[i].name, groups[i]->workers.size());
  }
  return stages.empty() ? text : text + ")";
}

class PythonSession final : public Session {
 public:
  PythonSession(WorkerGroups groups, const ReadyMessage& ready, int threads)
      : groups_(std::move(groups)), cores_(ready.device == "cpu" ? threads : 0) {
    info_.inputs = ready.inputs;
    info_.outputs = ready.outputs;
    info_.graph_name = ready.name;
    info_.producer = ready.runtime;
    info_.description = ready.description;
    description_ = fmt::format("{}, {} thread{}, {}: {}", ready.device, threads, threads == 1 ? "" : "s",
                               describe_workers(groups_, ready.stages), ready.runtime);
    for (const auto& group : groups_) {
      for (const auto& worker : group->workers) group->free.give(worker.get());
      calls_at_once_ += static_cast<int>(group->workers.size());
    }
  }

  const ModelInfo& info() const override { return info_; }
  std::string describe() const override { return description_; }
  int cores() const override { return cores_; }
  int calls_at_once() const override { return calls_at_once_; }
  using Session::run;
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs) override {
    TRY(check_run(info_, inputs, outputs));
    if (groups_.size() > 1) return run_stages(inputs, outputs);
    const BorrowedWorker worker = TRY(BorrowedWorker::take(groups_[0]->free));
    return worker->run(info_, inputs, outputs);
  }

 private:
  /// A worker is free again as soon as its stage is done.
  Status run_stages(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    Parcel parcel;
    {
      const BorrowedWorker worker = TRY(BorrowedWorker::take(groups_.front()->free));
      TRY(worker->begin(inputs, parcel));
    }
    for (std::size_t stage = 1; stage + 1 < groups_.size(); ++stage) {
      const BorrowedWorker worker = TRY(BorrowedWorker::take(groups_[stage]->free));
      TRY(worker->pass_on(parcel));
    }
    const BorrowedWorker worker = TRY(BorrowedWorker::take(groups_.back()->free));
    return worker->finish(parcel, info_, outputs);
  }

  const WorkerGroups groups_;  // one for each stage
  const int cores_;
  ModelInfo info_;           // const after the constructor
  std::string description_;  // const after the constructor
  int calls_at_once_ = 0;    // const after the constructor
};

/// Adds workers of one stage until there are `count`.
Status add_workers(WorkerGroup& group, std::size_t count, const WorkerOptions& options, const Clock& clock) {
  while (group.workers.size() < count) {
    group.workers.push_back(std::make_unique<Worker>(options, clock));
    TRY(group.workers.back()->start());
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> make_session(const WorkerOptions& options, int instances, const Clock& clock) {
  const auto copies = static_cast<std::size_t>(std::max(1, instances));
  WorkerGroups groups;
  groups.push_back(std::make_unique<WorkerGroup>());
  groups[0]->workers.push_back(std::make_unique<Worker>(options, clock));
  // The first worker knows what stages there are; it is one of the first stage.
  const ReadyMessage ready = TRY(groups[0]->workers[0]->start());
  if (ready.stages.empty()) TRY(add_workers(*groups[0], copies, options, clock));
  for (std::size_t stage = 0; stage < ready.stages.size(); ++stage) {
    if (stage > 0) groups.push_back(std::make_unique<WorkerGroup>());
    WorkerOptions own = options;
    own.load.stage = static_cast<std::uint8_t>(stage);
    TRY(add_workers(*groups[stage], copies * ready.stages[stage].workers, own, clock));
  }
  return std::make_unique<PythonSession>(std::move(groups), ready, options.command.threads);
}

}  // namespace tandem::python
