// SPDX-License-Identifier: Apache-2.0
// InferenceService: the one door to the models. HTTP, and later gRPC and shared memory, know nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/model_info.h"
#include "core/tensor.h"
#include "pipeline/schedule_config.h"
#include "schedule/batch_answer.h"

namespace tandem {
class Pipeline;   // pipeline/pipeline.h
class Round;      // schedule/round.h
class StageGate;  // schedule/stage_gate.h
}  // namespace tandem

namespace tandem::serve {

/// A model that can be asked; immutable while anyone holds it, so a reload never changes it under a request.
struct ServedModel {
  std::string name;      // as in the URL
  std::string version;   // "1"
  std::string platform;  // "onnxruntime_onnx", as Triton names it
  std::string backend;   // the engine's name
  ModelInfo info;
  std::int64_t max_batch_size = 0;           // 0: the first axis is not a batch axis
  std::int64_t useful_batch_size = 0;        // BatcherState::useful_batch_size at load
  int instances = 1;                         // runs at the same time
  int threads = 1;                           // of the engine, in one run
  int lone_threads = 0;                      // in a run that little else goes on beside; 0: as many as in any
  ScheduleConfig schedule;                   // what the model's config says of its queue
  std::shared_ptr<const Pipeline> pipeline;  // image in, label or mask out; null when the model has no such config
  /// Of the model's stages before and after it runs; null: its images go where there is room.
  std::shared_ptr<StageGate> preprocess_gate, postprocess_gate;
  std::string description;  // one line for people
};

/// One entry of the repository index. State: READY, LOADING, UNAVAILABLE (then `reason` says why).
struct ModelState {
  std::string name;
  std::string version;
  std::string state;
  std::string reason;
  bool wanted = true;  // false: it was unloaded, or nobody has asked for it; then nothing is missing without it
};

struct InferRequest {
  std::vector<Tensor> inputs;  // one per model.info.inputs, in that order, already checked against them by the caller
  std::optional<SteadyTime> deadline;
  std::uint32_t priority = 0;  // 1 goes first; 0: the model's default (schedule policy extension)
  /// Once true the answer is not wanted any more: the request need not run. May be null.
  std::shared_ptr<const std::atomic<bool>> abandoned;
  SteadyTime arrival{};    // when the request's first byte was read; statistics count from here
  Round* round = nullptr;  // of the calling thread: the answer may come with its flush(); null: do not wait for others
};

/// Outputs are one per model.info.outputs.
using InferResponse = BatchAnswer;

/// Called exactly once, on any thread, perhaps before infer() returns. It must not block.
using InferCallback = std::function<void(Result<InferResponse>)>;

/// Cumulative numbers of one model, as the V2 statistics extension wants them (digests PROTOCOL.md section 7).
struct DurationStatistic {
  std::uint64_t count = 0;
  std::uint64_t ns = 0;
};
struct BatchStatistic {
  std::int64_t batch_size = 0;
  DurationStatistic compute_input, compute_infer, compute_output;
};
struct ModelStatistics {
  std::string name;
  std::string version;
  std::uint64_t last_inference_ms = 0;  // since the epoch
  std::uint64_t inference_count = 0;    // samples
  std::uint64_t execution_count = 0;    // runs
  DurationStatistic success, fail, queue, compute_input, compute_infer, compute_output, cache_hit, cache_miss;
  std::vector<BatchStatistic> batches;  // by batch size, ascending
};

/// Thread-safe.
class InferenceService {
 public:
  virtual ~InferenceService() = default;

  virtual bool live() const = 0;
  virtual bool ready() const = 0;  // false while draining or while a model that must be there is not
  /// Why ready() is false, a sentence for whoever reads a probe's answer; "" when it is true.
  virtual std::string unready_reason() const {
    return ready() ? "" : "the server is not ready: it drains, or a model could not be loaded";
  }

  /// The model to ask. `version` "" means the newest. Errors: not_found (which names there are), unavailable (and why).
  virtual Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view version) const = 0;

  /// Answers through `callback`: the outputs, or invalid_argument, resource_exhausted (queue full), deadline_exceeded,
  /// unavailable (draining), internal.
  virtual void infer(const std::shared_ptr<const ServedModel>& model, InferRequest request, InferCallback callback) = 0;

  virtual std::vector<ModelState> index() const = 0;

  /// Of one model, or of all when `name` is "". Errors: not_found.
  virtual Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) const = 0;
};

}  // namespace tandem::serve
