// SPDX-License-Identifier: Apache-2.0
// Worker: one copy of the user's model in a process of its own, started again when it died.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"
#include "engines/python/message.h"
#include "engines/python/restart_policy.h"
#include "engines/python/shared_memory.h"
#include "engines/python/worker_process.h"

namespace tandem::python {

struct WorkerOptions {
  WorkerCommand command;
  LoadMessage load;
  std::chrono::milliseconds load_timeout{180'000};
  std::chrono::milliseconds run_timeout{60'000};
  std::size_t memory_limit_bytes = std::size_t{4} << 30;
  RestartDelays restart;
};

/// What one stage has made for the next: a value, and a copy of the memory in which its arrays lie.
struct Parcel {
  Value value;
  std::vector<std::byte> bytes;
};

/// `start run*`. Not thread-safe: one call at a time.
class Worker final {
 public:
  /// clock  outlives the worker; for the pauses between restarts only
  Worker(WorkerOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock), policy_(options_.restart) {}

  /// Starts the process and loads the model. Errors: those of the user's code; unavailable (it cannot be started, or
  /// died while loading), deadline_exceeded
  Result<ReadyMessage> start();

  /// Runs the model; a worker that is not there is started first. Inputs and outputs have been checked against `info`.
  /// Errors: internal or what the user's code chose (it failed; the worker lives on), unavailable (the worker died, or
  /// died before and may not be started yet), deadline_exceeded (it was killed), resource_exhausted (tensors above the
  /// limit)
  Status run(const ModelInfo& info, std::span<const Tensor> inputs, std::span<Tensor> outputs);

  /// The same in stages, for a model that has them: begin() on a worker of the first, pass_on() on those between,
  /// finish() on one of the last; each leaves in `parcel` what the next one takes. Errors: as above
  Status begin(std::span<const Tensor> inputs, Parcel& parcel);
  Status pass_on(Parcel& parcel);
  Status finish(const Parcel& parcel, const ModelInfo& info, std::span<Tensor> outputs);

  /// Whether the next run needs no start.
  bool started() const { return process_.has_value(); }

 private:
  /// What came back: the results, or the failure of one request that the worker survived.
  struct Answer {
    Value value;
    std::optional<Error> failure;
  };
  Result<ReadyMessage> load(SteadyTime deadline);
  Status ensure_started();
  Result<std::vector<TensorPlace>> place_inputs(std::span<const Tensor> inputs);
  Status make_room(std::uint64_t bytes);
  Result<Value> ask_with(std::span<const Tensor> inputs, Kind expected);
  Result<Value> ask_with(const Parcel& parcel, Kind expected);
  Result<Value> ask(const std::string& request, Kind expected);
  Result<Answer> exchange(const std::string& request, Kind expected);
  Status reserve(SharedMemory& memory, std::uint64_t bytes) const;
  Status share(Area area, const SharedMemory& memory, SteadyTime deadline);
  Status check_places(std::span<const TensorPlace> places) const;
  void put_into(Parcel& parcel, Value value) const;
  Status give_outputs(const Value& value, const ModelInfo& info, std::span<Tensor> outputs);
  Error lose(const Error& reason, std::chrono::milliseconds timeout);

  const WorkerOptions options_;
  const Clock& clock_;
  RestartPolicy policy_;
  std::optional<WorkerProcess> process_;
  std::optional<ReadyMessage> ready_;  // of the first start
  SharedMemory inputs_;
  SharedMemory outputs_;
  bool inputs_shared_ = false;  // whether the process that runs now has inputs_
  std::string last_loss_;
};

}  // namespace tandem::python
