// SPDX-License-Identifier: Apache-2.0
// LoadedModel: a model in memory with its queue and its counters; made from files.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/registry.h"
#include "plan/plan_choice.h"
#include "schedule/batcher.h"
#include "schedule/core_tokens.h"
#include "schedule/cpu_split.h"
#include "serve/inference_service.h"
#include "serve/models/load_measure.h"
#include "serve/models/model_recorder.h"
#include "store/store.h"

namespace tandem::serve {

struct LoadOptions {
  std::string engine;  // "": that of the model's config, else the first that takes the file
  SessionOptions session;
  std::optional<std::int64_t> max_batch_size;  // absent: that of the config, else found from the model
  int instances = 0;                           // runs at the same time; 0: those of the config, else measured
  PlanWishes wishes;                           // what flags say against the plan of a config, besides the above
  CpuSplit kept{0, 0};                         // where nothing else says a split: that of the model before; 0: none
  CpuSplit kept_lone{0, 0};                    // and its second one
  BatcherOptions batcher;                      // what the model's config says goes before it
  /// The CPU budget, which all models share; null: that of the machine, and no model waits for another.
  std::shared_ptr<CoreTokens> cores;
  /// How long a model may be measured for the best split of the cores; 0: it takes all cores for one run, unmeasured.
  std::chrono::milliseconds measure_limit{3000};
  const Clock* clock = &system_clock();  // outlives the model
  /// Of the same name and version as it was loaded before; null: there was none.
  std::shared_ptr<ModelRecorder> recorder;
};

/// The members are destroyed last to first: the batcher answers what it accepted before its session goes.
struct LoadedModel final : ServedModel {
  std::shared_ptr<CoreTokens> cores;
  std::unique_ptr<Session> session;
  std::unique_ptr<Session> lone_session;    // of more threads, for a request that has the model to itself; may be null
  int lone_instances = 0;                   // runs of it at the same time, of lone_threads each
  std::shared_ptr<ModelRecorder> recorder;  // shared by what is loaded under the same name and version after it
  std::unique_ptr<Batcher> batcher;
  PlanChoice plan;                        // of its config, and whether it is followed
  std::vector<std::string> parts;         // names of the models it is made of, or asks: of an ensemble, of a captioner
  std::chrono::nanoseconds load_time{0};  // reading and preparing
  std::chrono::nanoseconds run_time{0};   // of one warmed-up run on zeros; 0: the model does not run on zeros
  std::chrono::nanoseconds lone_time{0};  // likewise, with lone_session; 0: there is none
  std::vector<LatencyPoint> latency;      // of larger batches, as far as they were measured
};

/// Reads config and metadata where the entry has them, follows the plan that the config may have (plan/plan_choice.h;
/// what does not hold of it is a warning in the log), else loads the weights with the chosen engine, and measures the
/// model on zeros: which split of the cores into instances and threads is best, unless flags or config say it, and what
/// batching brings (docs/scheduling.md). A model that one thread runs in less than 200 us keeps to one: waking a second
/// would cost more than it brings.
/// Errors: those of the store, the config, the pipeline and the engine.
Result<std::unique_ptr<LoadedModel>> load_model(const StoreEntry& entry, const EngineRegistry& engines,
                                                const LoadOptions& options);

}  // namespace tandem::serve
