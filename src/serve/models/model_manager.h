// SPDX-License-Identifier: Apache-2.0
// ModelManager: the models of a store, loaded once and served until the end.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/registry.h"
#include "serve/inference_service.h"
#include "serve/models/loaded_model.h"
#include "serve/models/model_recorder.h"

namespace tandem::serve {

struct ModelManagerOptions {
  std::string only;  // the one model of the store that is served, NAME or NAME@n; "": all
  /// session.threads 0: one thread for a model that runs in less than 200 us, the cores of the CPU budget for others.
  /// Models take turns on the cores as the system schedules.
  LoadOptions load;
};

/// Thread-safe. The set of models does not change after open(), so looking one up takes no lock.
class ModelManager final : public InferenceService {
 public:
  /// Loads every model of a store (or options.only), or the one model of a file. A model that cannot be loaded is
  /// UNAVAILABLE in index(), with the reason, and keeps no other from serving. `engines` outlives the manager. Errors:
  /// not_found (nothing there, or not options.only), invalid_argument (no store and no model file).
  static Result<std::unique_ptr<ModelManager>> open(const std::filesystem::path& store_or_model,
                                                    const EngineRegistry& engines, const ModelManagerOptions& options);
  ~ModelManager() override;

  bool live() const override { return true; }
  /// False while draining, and when models were there but none could be loaded.
  bool ready() const override;
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view version) const override;
  /// `model` comes from find() of this manager.
  void infer(const std::shared_ptr<const ServedModel>& model, InferRequest request, InferCallback callback) override;
  std::vector<ModelState> index() const override;
  Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) const override;

  /// ready() becomes false; requests are still answered.
  void begin_drain() { draining_.store(true, std::memory_order_relaxed); }
  /// begin_drain, and refuses new requests; returns when every accepted one is answered.
  void drain();

  std::vector<ModelMetrics> metrics() const;

  /// The loaded models by name, for a table at start.
  std::vector<std::shared_ptr<const LoadedModel>> loaded() const;
  /// What a store says of files that are no models of it.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Entry {
    std::shared_ptr<LoadedModel> model;  // null: it could not be loaded
    Error reason;
  };

  explicit ModelManager(const Clock& clock) : clock_(clock) {}
  Result<const Entry*> find_entry(std::string_view name, std::string_view version) const;

  const Clock& clock_;
  std::map<std::string, Entry, std::less<>> entries_;  // does not change after open()
  std::vector<std::string> problems_;
  std::atomic<bool> draining_{false};
};

}  // namespace tandem::serve
