// SPDX-License-Identifier: Apache-2.0
// Look-up, admission and statistics; running is the batcher's, loading the life cycle's.
#include "serve/models/model_manager.h"

#include <utility>

namespace tandem::serve {

ModelManager::ModelManager(ModelSource source, const EngineRegistry& engines, const ModelManagerOptions& options)
    : clock_(*options.load.clock),
      problems_(source.problems()),
      shadows_(clock_),
      life_cycle_(
          std::move(source), engines, shadows_,
          {options.load, options.explicit_control, options.load_names, options.shadows, options.watch_interval}) {}

Result<std::unique_ptr<ModelManager>> ModelManager::open(const std::filesystem::path& store_or_model,
                                                         const EngineRegistry& engines,
                                                         const ModelManagerOptions& options) {
  ModelSource source = TRY(ModelSource::open(store_or_model, options.names));
  std::unique_ptr<ModelManager> manager(new ModelManager(std::move(source), engines, options));
  TRY(manager->life_cycle_.start());
  return manager;
}

ModelManager::~ModelManager() { drain(); }

bool ModelManager::ready() const { return !draining_.load(std::memory_order_relaxed) && life_cycle_.any_ready(); }

Result<std::shared_ptr<const ServedModel>> ModelManager::find(std::string_view name, std::string_view version) const {
  return life_cycle_.table().read([&](const ModelTable& table) -> Result<std::shared_ptr<const ServedModel>> {
    return TRY(find_served(table, name, version));
  });
}

void ModelManager::infer(const std::shared_ptr<const ServedModel>& model, InferRequest request,
                         InferCallback callback) {
  const auto loaded = std::static_pointer_cast<const LoadedModel>(model);
  const SteadyTime arrival = request.arrival == SteadyTime{} ? clock_.now() : request.arrival;
  loaded->recorder->began();
  auto shadowed = shadows_.choose(*loaded, request.inputs);
  // The request holds its model: one that is unloaded meanwhile ends when it has answered.
  auto answered = [this, loaded, arrival, shadowed = std::move(shadowed),
                   callback = std::move(callback)](Result<BatchAnswer> answer) mutable {
    const std::chrono::nanoseconds total = clock_.now() - arrival;
    if (!answer) {
      loaded->recorder->failed(total, answer.error().code);
      return callback(fail(std::move(answer).error()));
    }
    loaded->recorder->succeeded(total, answer->timing);
    if (shadowed) ShadowRunner::answered(*shadowed, answer->outputs, answer->timing);
    callback(std::move(*answer));
    if (shadowed) shadows_.submit(std::move(shadowed));
  };
  loaded->batcher->submit(
      {std::move(request.inputs), request.deadline, request.round, request.priority, std::move(request.abandoned)},
      std::move(answered));
}

std::vector<std::shared_ptr<const LoadedModel>> ModelManager::loaded() const {
  std::vector<std::shared_ptr<const LoadedModel>> models;
  const auto table = life_cycle_.table().get();
  for (const auto& [name, served] : *table) {
    models.insert(models.end(), served.versions.begin(), served.versions.end());
  }
  return models;
}

std::vector<ModelMetrics> ModelManager::metrics() const {
  std::vector<ModelMetrics> all;
  for (const auto& model : loaded()) {
    ModelMetrics metrics = model->recorder->read();
    metrics.statistics.name = model->name;
    metrics.statistics.version = model->version;
    metrics.batcher = model->batcher->state();
    metrics.load_time = model->load_time;
    all.push_back(std::move(metrics));
  }
  return all;
}

Result<std::vector<ModelStatistics>> ModelManager::statistics(std::string_view name, std::string_view version) const {
  std::string chosen_version;
  if (!name.empty() && !version.empty()) chosen_version = TRY(find(name, version))->version;  // of an alias
  if (!name.empty() && version.empty()) TRY(check_served(*life_cycle_.table().get(), name));
  std::vector<ModelStatistics> chosen;
  for (ModelMetrics& metrics : metrics()) {
    if (!name.empty() && metrics.statistics.name != name) continue;
    if (!chosen_version.empty() && metrics.statistics.version != chosen_version) continue;
    chosen.push_back(std::move(metrics.statistics));
  }
  return chosen;
}

void ModelManager::drain() {
  begin_drain();
  life_cycle_.stop();
  for (const auto& model : loaded()) model->batcher->drain();
}

}  // namespace tandem::serve
