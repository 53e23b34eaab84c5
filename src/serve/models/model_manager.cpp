// SPDX-License-Identifier: Apache-2.0
// Look-up, admission and statistics; running is the batcher's.
#include "serve/models/model_manager.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "store/store.h"

namespace tandem::serve {
namespace {

/// A file inside a store is that store's entry, with its config; any other file stands alone.
StoreEntry entry_of_file(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (folder.filename() == "weights") {
    if (const auto store = Store::open(folder.parent_path()); store) {
      if (auto entry = store->find(name); entry) return std::move(*entry);
    }
  }
  StoreEntry entry;
  entry.name = name;
  entry.weights = file;
  return entry;
}

struct Found {
  std::optional<Store> store;  // none for a file
  std::vector<StoreEntry> entries;
  std::vector<std::string> problems;
};

Result<Found> find_models(const std::filesystem::path& path, const std::string& only) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    return not_found(fmt::format("there is no model store and no model file at '{}'", path.string()));
  }
  Found found;
  if (!std::filesystem::is_directory(path, failed)) {
    found.entries.push_back(entry_of_file(path));
    return found;
  }
  found.store = TRY(Store::open(path));
  if (!only.empty()) {
    found.entries.push_back(TRY(found.store->find(only)));
    return found;
  }
  found.entries = TRY(found.store->list());
  found.problems = found.store->problems();
  return found;
}

/// A model of a store is read again when a writer replaces it meanwhile.
Result<std::unique_ptr<LoadedModel>> load_found(const Found& found, const StoreEntry& entry,
                                                const EngineRegistry& engines, const ModelManagerOptions& options) {
  if (!found.store) return load_model(entry, engines, options.load);
  return read_together(*found.store, options.only.empty() ? entry.name : options.only,
                       [&](const StoreEntry& current) { return load_model(current, engines, options.load); });
}

}  // namespace

Result<std::unique_ptr<ModelManager>> ModelManager::open(const std::filesystem::path& store_or_model,
                                                         const EngineRegistry& engines,
                                                         const ModelManagerOptions& options) {
  Found found = TRY(find_models(store_or_model, options.only));
  std::unique_ptr<ModelManager> manager(new ModelManager(*options.load.clock));
  manager->problems_ = std::move(found.problems);
  for (const StoreEntry& stored : found.entries) {
    auto model = load_found(found, stored, engines, options);
    Entry& entry = manager->entries_[stored.name];
    if (model) {
      entry.model = std::move(*model);
    } else {
      entry.reason = std::move(model).error();
      log::error("a model could not be loaded", {{"model", stored.name}, {"reason", entry.reason.message}});
    }
  }
  return manager;
}

ModelManager::~ModelManager() { drain(); }

bool ModelManager::ready() const {
  if (draining_.load(std::memory_order_relaxed)) return false;
  return entries_.empty() ||
         std::any_of(entries_.begin(), entries_.end(), [](const auto& item) { return item.second.model; });
}

Result<const ModelManager::Entry*> ModelManager::find_entry(std::string_view name, std::string_view version) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, entry] : entries_) names.push_back(known);
    return not_found(names.empty()
                         ? fmt::format("there is no model '{}': the store is empty", name)
                         : fmt::format("there is no model '{}'; there are: {}", name, fmt::join(names, ", ")));
  }
  const Entry& entry = it->second;
  if (entry.model && !version.empty() && version != entry.model->version) {
    return not_found(
        fmt::format("model '{}' has no version '{}'; its version is {}", name, version, entry.model->version));
  }
  return &entry;
}

Result<std::shared_ptr<const ServedModel>> ModelManager::find(std::string_view name, std::string_view version) const {
  const Entry* entry = TRY(find_entry(name, version));
  if (!entry->model) {
    return fail(Code::kUnavailable, fmt::format("model '{}' could not be loaded: {}", name, entry->reason.message));
  }
  return std::shared_ptr<const ServedModel>(entry->model);
}

void ModelManager::infer(const std::shared_ptr<const ServedModel>& model, InferRequest request,
                         InferCallback callback) {
  // The manager keeps its models until it has drained them, so a plain reference is enough.
  const LoadedModel& loaded = static_cast<const LoadedModel&>(*model);
  ModelRecorder& recorder = *loaded.recorder;
  const SteadyTime arrival = request.arrival == SteadyTime{} ? clock_.now() : request.arrival;
  recorder.began();
  loaded.batcher->submit(
      {std::move(request.inputs), request.deadline, request.round, request.priority, std::move(request.abandoned)},
      [this, &recorder, arrival, callback = std::move(callback)](Result<BatchAnswer> answer) {
        const std::chrono::nanoseconds total = clock_.now() - arrival;
        if (!answer) {
          recorder.failed(total, answer.error().code);
          return callback(fail(std::move(answer).error()));
        }
        recorder.succeeded(total, answer->timing);
        callback(std::move(*answer));
      });
}

std::vector<ModelState> ModelManager::index() const {
  std::vector<ModelState> states;
  for (const auto& [name, entry] : entries_) {
    if (entry.model) {
      states.push_back({name, entry.model->version, "READY", ""});
    } else {
      states.push_back({name, "", "UNAVAILABLE", entry.reason.message});
    }
  }
  return states;
}

std::vector<ModelMetrics> ModelManager::metrics() const {
  std::vector<ModelMetrics> all;
  for (const auto& [name, entry] : entries_) {
    if (!entry.model) continue;
    ModelMetrics metrics = entry.model->recorder->read();
    metrics.statistics.name = name;
    metrics.statistics.version = entry.model->version;
    metrics.batcher = entry.model->batcher->state();
    all.push_back(std::move(metrics));
  }
  return all;
}

Result<std::vector<ModelStatistics>> ModelManager::statistics(std::string_view name, std::string_view version) const {
  if (!name.empty()) TRY(find(name, version));
  std::vector<ModelStatistics> chosen;
  for (ModelMetrics& metrics : metrics()) {
    if (name.empty() || metrics.statistics.name == name) chosen.push_back(std::move(metrics.statistics));
  }
  return chosen;
}

void ModelManager::drain() {
  begin_drain();
  for (const auto& [name, entry] : entries_) {
    if (entry.model) entry.model->batcher->drain();
  }
}

std::vector<std::shared_ptr<const LoadedModel>> ModelManager::loaded() const {
  std::vector<std::shared_ptr<const LoadedModel>> models;
  for (const auto& [name, entry] : entries_) {
    if (entry.model) models.push_back(entry.model);
  }
  return models;
}

}  // namespace tandem::serve
