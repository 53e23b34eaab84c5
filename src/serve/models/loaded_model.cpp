// SPDX-License-Identifier: Apache-2.0
// From files to a model that has run.
#include "serve/models/loaded_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/engine_file.h"
#include "pipeline/model_config.h"
#include "pipeline/pipeline.h"
#include "schedule/stage_gate.h"
#include "serve/models/batch_axis.h"

namespace tandem::serve {
namespace {

constexpr int kWarmUpRuns = 4;
constexpr std::chrono::seconds kWarmUpLimit{2};
/// Below this a run is over before a second thread has woken up (5 to 10 us each way) and pays for itself.
constexpr std::chrono::microseconds kQuickRun{200};
/// A model of more weights than this is not tried with one thread: reading them takes about as long as kQuickRun, and
/// loading it twice would be felt.
constexpr std::uint64_t kMaxQuickBytes = std::uint64_t{8} << 20;

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

/// The shortest of a few runs on zeros. Errors: those of Session::run; the model need not run on zeros.
Result<std::chrono::nanoseconds> warm_up(const LoadedModel& model, const Clock& clock) {
  const std::vector<Tensor> inputs = TRY(zero_inputs(model));
  const SteadyTime begin = clock.now();
  std::chrono::nanoseconds shortest = std::chrono::nanoseconds::max();
  for (int run = 0; run < kWarmUpRuns && (run == 0 || clock.now() - begin < kWarmUpLimit); ++run) {
    const SteadyTime start = clock.now();
    TRY(model.session->run(inputs));
    shortest = std::min<std::chrono::nanoseconds>(shortest, clock.now() - start);
  }
  return shortest;
}

std::shared_ptr<StageGate> make_gate(std::optional<std::size_t> workers) {
  constexpr std::size_t kMaxWaiting = 256;
  return workers ? std::make_shared<StageGate>(*workers, kMaxWaiting) : nullptr;
}

bool may_be_quick(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(file, error);
  return !error && bytes <= kMaxQuickBytes;
}

/// What the model is loaded with first: one thread where the count was left open and one may be enough.
SessionOptions first_options(const std::filesystem::path& file, const LoadOptions& options) {
  SessionOptions first = options.session;
  if (first.threads == 0 && may_be_quick(file)) first.threads = 1;
  return first;
}

/// Where the thread count was left open, a model that was loaded with one thread and is not quick with it is loaded
/// again with the CPU budget's.
Status choose_threads(LoadedModel& model, Engine& engine, const std::filesystem::path& file,
                      const LoadOptions& options) {
  auto run_time = warm_up(model, *options.clock);
  const bool tried_with_one = first_options(file, options).threads != options.session.threads;
  if (tried_with_one && (!run_time || *run_time > kQuickRun)) {
    model.session = TRY(engine.load(file, options.session));
    run_time = warm_up(model, *options.clock);
  }
  if (run_time) {
    model.run_time = *run_time;
  } else {
    log::info("the model does not run on zeros, so it starts cold",
              {{"model", model.name}, {"reason", run_time.error().message}});
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LoadedModel>> load_model(const StoreEntry& entry, const EngineRegistry& engines,
                                                const LoadOptions& options) {
  const SteadyTime begin = options.clock->now();
  std::optional<ModelConfig> config = TRY(read_model_config(entry.config));
  const ModelMetadata metadata = TRY(read_entry_metadata(entry));
  const std::string configured = config ? config->engine : "";
  Engine* engine = TRY(choose_engine(options.engine.empty() ? configured : options.engine, entry, engines));

  auto model = std::make_unique<LoadedModel>();
  const std::filesystem::path file = TRY(file_for_engine(*engine, entry.weights));
  model->session = TRY(engine->load(file, first_options(file, options)));
  model->name = entry.name;
  model->version = metadata.version;
  model->description = metadata.description;
  model->platform = platform_name(*engine, file);
  model->backend = engine->name();
  model->info = model->session->info();
  model->max_batch_size = find_max_batch_size(model->info);
  if (config) {
    if (config->max_batch_size) model->max_batch_size = *config->max_batch_size;
    model->preprocess_gate = make_gate(config->stages.preprocess_workers);
    model->postprocess_gate = make_gate(config->stages.postprocess_workers);
    model->pipeline = std::make_shared<const Pipeline>(TRY(Pipeline::create(std::move(*config), model->info)));
  }
  if (options.max_batch_size) model->max_batch_size = *options.max_batch_size;
  TRY(choose_threads(*model, *engine, file, options));

  BatcherOptions batcher = options.batcher;
  batcher.model_name = model->name;
  batcher.max_batch_size = model->max_batch_size;
  model->recorder = std::make_unique<ModelRecorder>(*options.clock);
  model->batcher =
      std::make_unique<Batcher>(*model->session, std::move(batcher), *options.clock, model->recorder.get());
  if (model->run_time.count() > 0) model->batcher->learn(1, model->run_time);
  model->load_time = options.clock->now() - begin;
  return model;
}

}  // namespace tandem::serve
