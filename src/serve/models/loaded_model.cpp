// SPDX-License-Identifier: Apache-2.0
// From files to a model that has run.
#include "serve/models/loaded_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/cpu.h"
#include "base/log.h"
#include "base/low_priority.h"
#include "engine/engine_file.h"
#include "engine/model_parts.h"
#include "pipeline/model_config.h"
#include "pipeline/pipeline.h"
#include "plan/follow_plan.h"
#include "schedule/cpu_split.h"
#include "schedule/stage_gate.h"
#include "serve/models/batch_axis.h"

namespace tandem::serve {
namespace {

/// Below this a run is over before a second thread has woken up (5 to 10 us each way) and pays for itself.
constexpr std::chrono::microseconds kQuickRun{200};
/// A model of more weights than this is not tried with one thread: reading them takes about as long as kQuickRun, and
/// loading it twice would be felt.
constexpr std::uint64_t kMaxQuickBytes = std::uint64_t{8} << 20;

/// A larger model is loaded once: a second session has the weights a second time.
constexpr std::uint64_t kMaxLoadedTwiceBytes = std::uint64_t{256} << 20;

/// How long larger batches are measured at load, and for models of which runs.
constexpr std::chrono::milliseconds kBatchesLimit{250};
constexpr std::chrono::milliseconds kLongestMeasuredRun{60};

Result<ModelMetadata> read_entry_metadata(const StoreEntry& entry) {
  if (entry.metadata.empty()) return ModelMetadata{};
  return read_metadata(entry.metadata);
}

/// `name` "": the first engine that takes the file.
Result<Engine*> choose_engine(const std::string& name, const StoreEntry& entry, const EngineRegistry& engines) {
  if (name.empty()) return engines.for_file(entry.weights);
  Engine* engine = TRY(engines.find(name));
  TRY(engine->available());
  return engine;
}

/// "onnxruntime_onnx", as Triton names its ONNX platform.
std::string platform_name(const Engine& engine, const std::filesystem::path& weights) {
  const std::string extension = weights.extension().string();
  return fmt::format("{}_{}", engine.name(), extension.empty() ? "model" : extension.substr(1));
}

/// Zeros of the smallest shape each input allows; for images the size that the config asks for.
Result<std::vector<Tensor>> zero_inputs(const LoadedModel& model) {
  if (model.pipeline && model.pipeline->takes_image()) {
    Image blank{8, 8, 3, std::vector<std::uint8_t>(8 * 8 * 3)};
    PreparedImage prepared = TRY(model.pipeline->prepare(blank));
    return std::move(prepared.inputs);
  }
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : model.info.inputs) inputs.push_back(TRY(make_zeros(spec)));
  return inputs;
}

std::shared_ptr<StageGate> make_gate(std::optional<std::size_t> workers) {
  constexpr std::size_t kMaxAtStages = 256;
  return workers ? std::make_shared<StageGate>(*workers, kMaxAtStages) : nullptr;
}

bool is_at_most(const std::filesystem::path& file, std::uint64_t limit) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(file, error);
  return !error && bytes <= limit;
}

bool may_be_quick(const std::filesystem::path& file) { return is_at_most(file, kMaxQuickBytes); }

/// A model on its way into memory.
struct Loading {
  LoadedModel& model;
  Engine& engine;
  std::filesystem::path file;
  const LoadOptions& options;
  std::optional<ModelConfig> config;  // none once it has become the model's
  CpuSplit given;                     // by flags or config; 0: open
  int cores = 1;                      // of the budget
  bool described = false;

  Result<std::unique_ptr<Session>> load(const CpuSplit& split) const {
    SessionOptions session = options.session;
    session.threads = split.threads;
    if (engine.copies_for_instances()) session.instances = split.instances;
    const LowPriority polite;  // the models that serve meanwhile go first; ends before this one is measured
    return engine.load(file, session);
  }
};

/// Flags go before the config.
CpuSplit wanted_split(const LoadOptions& options, const ScheduleConfig& schedule) {
  return {options.instances > 0 ? options.instances : schedule.instances,
          options.session.threads > 0 ? options.session.threads : schedule.threads};
}

/// The plan goes behind what was said outright, and before how the model was loaded last.
CpuSplit given_split(const LoadOptions& options, const LoadedModel& model) {
  const auto& plan = model.plan.plan;
  if (plan) return {plan->instances, plan->threads};
  const CpuSplit wanted = wanted_split(options, model.schedule);
  return {wanted.instances > 0 ? wanted.instances : options.kept.instances,
          wanted.threads > 0 ? wanted.threads : options.kept.threads};
}

/// The plan of the config as this server follows it, and the file that it means.
FollowedPlan follow_config(const std::optional<ModelConfig>& config, const StoreEntry& entry,
                           const EngineRegistry& engines, const LoadOptions& options) {
  if (!config || !config->plan) return {{}, entry.weights};
  const CpuSplit wanted = wanted_split(options, config->schedule);
  PlanWishes wishes = options.wishes;
  wishes.engine = options.engine;
  wishes.device = device_name(options.session.device);
  wishes.threads = wanted.threads;
  wishes.instances = wanted.instances;
  FollowedPlan followed = follow_plan(config->plan, entry.weights, engines, wishes);
  for (const std::string& worry : followed.choice.worries()) {
    log::warning("a model's plan does not hold", {{"model", entry.name}, {"reason", worry}});
  }
  return followed;
}

int core_count(const LoadOptions& options) {
  return options.cores != nullptr ? options.cores->state().cores : cpu_budget().cores;
}

void take(LoadedModel& model, std::unique_ptr<Session> session, const CpuSplit& split) {
  model.session = std::move(session);
  model.instances = std::max(split.instances, model.session->calls_at_once());
  model.threads = split.threads;
}

/// What the model is does not depend on how it was loaded: the first session says it.
Status describe(Loading& loading) {
  if (loading.described) return {};
  loading.described = true;
  LoadedModel& model = loading.model;
  model.platform = platform_name(loading.engine, loading.file);
  model.backend = loading.engine.name();
  model.info = model.session->info();
  model.max_batch_size = find_max_batch_size(model.info);
  if (loading.config && loading.config->max_batch_size) model.max_batch_size = *loading.config->max_batch_size;
  if (loading.options.max_batch_size) model.max_batch_size = *loading.options.max_batch_size;
  if (!loading.config) return {};
  model.preprocess_gate = make_gate(loading.config->stages.preprocess_workers);
  model.postprocess_gate = make_gate(loading.config->stages.postprocess_workers);
  model.pipeline = std::make_shared<const Pipeline>(TRY(Pipeline::create(std::move(*loading.config), model.info)));
  return {};
}

/// Where instances are copies that the engine makes as it loads, one session cannot be narrow and wide.
bool may_be_loaded_twice(const Loading& loading) {
  return loading.engine.instances_are_cheap() && !loading.engine.copies_for_instances() &&
         is_at_most(loading.file, kMaxLoadedTwiceBytes);
}

void take_lone(LoadedModel& model, std::unique_ptr<Session> session, const CpuSplit& split) {
  model.lone_session = std::move(session);
  model.lone_instances = split.instances;
  model.lone_threads = split.threads;
}

/// What the model before had besides its split, so that a reload does not lose it.
void load_kept_lone(Loading& loading) {
  const CpuSplit& lone = loading.options.kept_lone;
  if (lone.threads == 0 || loading.given != loading.options.kept || !may_be_loaded_twice(loading)) return;
  if (auto session = loading.load(lone)) take_lone(loading.model, std::move(*session), lone);
}

Status load_as(Loading& loading, const CpuSplit& split) {
  take(loading.model, TRY(loading.load(split)), split);
  return describe(loading);
}

/// Loads the model with one thread and keeps it so if it is quick. Returns whether it is.
Result<bool> try_one_thread(Loading& loading) {
  TRY(load_as(loading, CpuSplit{loading.cores, 1}));
  const auto inputs = zero_inputs(loading.model);
  if (!inputs) return false;
  const auto run_time = measure_alone(*loading.model.session, {*inputs, *loading.options.clock});
  return run_time && *run_time <= kQuickRun;
}

std::vector<CpuSplit> candidates_of(const Loading& loading) {
  // A process for each instance is the user's to ask for: it costs memory.
  if (!loading.engine.instances_are_cheap() && loading.given.instances == 0) {
    return {{1, loading.given.threads > 0 ? loading.given.threads : loading.cores}};
  }
  std::vector<CpuSplit> candidates = split_candidates(loading.cores, loading.given);
  if (loading.options.measure_limit.count() == 0) candidates.resize(1);
  return candidates;
}

/// Loads the model with the split of the cores that measures best, or that was given.
Status load_best(Loading& loading) {
  LoadedModel& model = loading.model;
  const std::vector<CpuSplit> candidates = candidates_of(loading);
  if (candidates.size() == 1) {
    TRY(load_as(loading, candidates.front()));
    load_kept_lone(loading);
    return {};
  }
  if (may_be_quick(loading.file) && TRY(try_one_thread(loading))) return {};
  if (model.session == nullptr) TRY(load_as(loading, candidates.front()));
  const CpuSplit held{model.instances, model.threads};
  if (model.session->cores() == 0) {  // on a GPU there is nothing to divide
    model.instances = 1;
    return {};
  }
  const auto inputs = zero_inputs(model);
  const LoadSplit load = [&](const CpuSplit& split) -> Result<std::unique_ptr<Session>> {
    if (model.session != nullptr && split == held) return std::move(model.session);
    return loading.load(split);
  };
  if (inputs) {
    auto best = find_splits(candidates, load, {*inputs, *loading.options.clock}, loading.options.measure_limit,
                            may_be_loaded_twice(loading));
    if (best) {
      take(model, std::move(best->busy.session), best->busy.measured.split);
      if (best->lone) {
        take_lone(model, std::move(best->lone->session), best->lone->measured.split);
        model.lone_time = best->lone->measured.alone;
      }
      return {};
    }
  }
  if (model.session != nullptr && held == candidates.front()) return {};
  return load_as(loading, candidates.front());  // it does not run on zeros
}

std::vector<std::string> parts_of(const LoadedModel& model) {
  std::vector<std::string> parts;
  if (const auto* several = dynamic_cast<const ModelParts*>(model.session.get())) parts = several->parts();
  if (model.pipeline && model.pipeline->config().caption) parts.push_back(model.pipeline->config().caption->step);
  return parts;
}

/// What the scheduler knows before the first request: the time of a run, and of larger batches.
void measure_latency(LoadedModel& model, const Clock& clock) {
  const auto inputs = zero_inputs(model);
  auto run_time =
      inputs ? measure_alone(*model.session, {*inputs, clock}) : Result<std::chrono::nanoseconds>(fail(inputs.error()));
  if (!run_time) {
    log::info("the model does not run on zeros, so it starts cold",
              {{"model", model.name}, {"reason", run_time.error().message}});
    return;
  }
  model.run_time = *run_time;
  if (model.lone_session && model.lone_time.count() == 0) {  // it was kept, not measured
    model.lone_time = measure_alone(*model.lone_session, {*inputs, clock}).value_or(*run_time);
  }
  if (*run_time < kLongestMeasuredRun) {
    model.latency = measure_batches(*model.session, {*inputs, clock}, model.max_batch_size, kBatchesLimit);
  }
}

BatcherOptions make_batcher_options(const LoadedModel& model, const LoadOptions& options) {
  BatcherOptions batcher = options.batcher;
  const ScheduleConfig& schedule = model.schedule;
  batcher.model_name = model.name;
  batcher.max_batch_size = model.max_batch_size;
  batcher.instances = model.instances;
  batcher.max_queue_delay = schedule.max_queue_delay;
  batcher.preferred_batch_sizes = schedule.preferred_batch_sizes;
  if (const auto& plan = model.plan.plan; plan && plan->batch > 1 && schedule.preferred_batch_sizes.empty()) {
    batcher.preferred_batch_sizes = {plan->batch};
  }
  batcher.priority_levels = schedule.priority_levels;
  batcher.default_priority = schedule.default_priority;
  batcher.max_queued_requests = schedule.max_queued_requests.value_or(batcher.max_queued_requests);
  batcher.max_queued_bytes = schedule.max_queued_bytes.value_or(batcher.max_queued_bytes);
  if (schedule.default_timeout) batcher.default_timeout = *schedule.default_timeout;
  batcher.cores_per_run = model.session->cores();
  batcher.cores = batcher.cores_per_run > 0 ? model.cores.get() : nullptr;
  if (model.lone_session) {
    batcher.lone = {model.lone_session.get(), static_cast<std::size_t>(model.lone_instances),
                    model.lone_session->cores()};
  }
  return batcher;
}

void start_batcher(LoadedModel& model, const LoadOptions& options) {
  model.recorder = options.recorder ? options.recorder : std::make_shared<ModelRecorder>(*options.clock);
  model.batcher = std::make_unique<Batcher>(*model.session, make_batcher_options(model, options), *options.clock,
                                            model.recorder.get());
  if (model.run_time.count() > 0) model.batcher->learn(1, model.run_time);
  for (const LatencyPoint& point : model.latency) model.batcher->learn(point.rows, point.took);
  model.useful_batch_size = model.batcher->state().useful_batch_size;
  if (model.max_batch_size > 1 && model.useful_batch_size == 1 && !model.latency.empty()) {
    log::info("batching brings this model nothing, so its requests run singly",
              {{"model", model.name},
               {"one_ns", std::to_string(model.run_time.count())},
               {"rows", std::to_string(model.latency.back().rows)},
               {"rows_ns", std::to_string(model.latency.back().took.count())}});
  }
}

}  // namespace

Result<std::unique_ptr<LoadedModel>> load_model(const StoreEntry& entry, const EngineRegistry& engines,
                                                const LoadOptions& options) {
  const SteadyTime begin = options.clock->now();
  std::optional<ModelConfig> config = TRY(read_model_config(entry.config));
  const ModelMetadata metadata = TRY(read_entry_metadata(entry));
  FollowedPlan followed = follow_config(config, entry, engines, options);
  LoadOptions chosen = options;
  if (followed.choice.plan) {
    chosen.engine = followed.choice.plan->engine;
    TRY(apply_plan(*followed.choice.plan, chosen.session));
  }
  const std::string configured = config ? config->engine : "";
  Engine* engine = TRY(choose_engine(chosen.engine.empty() ? configured : chosen.engine, entry, engines));

  auto model = std::make_unique<LoadedModel>();
  model->name = entry.name;
  model->version = metadata.version;
  model->description = metadata.description;
  model->cores = options.cores;
  if (config) model->schedule = config->schedule;
  model->plan = std::move(followed.choice);
  const std::filesystem::path file = TRY(file_for_engine(*engine, followed.weights));
  const CpuSplit given = given_split(options, *model);
  Loading loading{*model, *engine, file, chosen, std::move(config), given, core_count(options)};
  TRY(load_best(loading));
  model->parts = parts_of(*model);
  measure_latency(*model, *options.clock);
  start_batcher(*model, options);
  model->load_time = options.clock->now() - begin;
  return model;
}

}  // namespace tandem::serve
