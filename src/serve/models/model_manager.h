// SPDX-License-Identifier: Apache-2.0
// ModelManager: the models of a store behind InferenceService; what it serves changes under way (life_cycle.h).
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/registry.h"
#include "serve/inference_service.h"
#include "serve/models/life_cycle.h"
#include "serve/models/loaded_model.h"
#include "serve/models/model_recorder.h"

namespace tandem::serve {

struct ModelManagerOptions {
  SourceNames names;  // what is served of a store; how a model that is in none is called
  /// session.threads 0: one thread for a model that runs in less than 200 us, the cores of the CPU budget for others.
  /// Models take turns on the cores as the system schedules.
  LoadOptions load;
  bool explicit_control = false;                // see LifeCycleOptions
  std::vector<std::string> load_names;          // see LifeCycleOptions
  std::map<std::string, ShadowConfig> shadows;  // see LifeCycleOptions
  std::chrono::milliseconds watch_interval{0};
};

/// Thread-safe. A look-up takes no lock that other threads contend for (base/read_mostly.h).
class ModelManager final : public InferenceService {
 public:
  /// Loads every model of a store (or names.only, or options.load_names), or the one model of a file or a folder. A
  /// model that cannot be loaded is UNAVAILABLE in index(), with the reason, and keeps no other from serving. `engines`
  /// outlives the manager. Errors: not_found (nothing there, or not names.only), invalid_argument (no store and no
  /// model file).
  static Result<std::unique_ptr<ModelManager>> open(const std::filesystem::path& store_or_model,
                                                    const EngineRegistry& engines, const ModelManagerOptions& options);
  /// Nobody refers to its models any more.
  ~ModelManager() override;

  bool live() const override { return true; }
  /// False while draining, and when there are models to be served but not one of them is.
  bool ready() const override;
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view version) const override;
  /// `model` comes from find() of this manager, however long ago: it answers even when another has taken its place.
  void infer(const std::shared_ptr<const ServedModel>& model, InferRequest request, InferCallback callback) override;
  std::vector<ModelState> index() const override { return life_cycle_.index(); }
  /// version  "": all that are served
  Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) const override;

  /// load and unload; refuses where options.explicit_control is not set.
  ModelControl& control() { return life_cycle_; }
  LifeCycle& life_cycle() { return life_cycle_; }

  /// ready() becomes false; requests are still answered.
  void begin_drain() { draining_.store(true, std::memory_order_relaxed); }
  /// begin_drain, and refuses new requests; returns when every accepted one is answered.
  void drain();

  std::vector<ModelMetrics> metrics() const;
  std::vector<ShadowReport> shadows() const { return shadows_.reports(); }

  /// The loaded models by name, then by version, for a table at start.
  std::vector<std::shared_ptr<const LoadedModel>> loaded() const;
  /// What a store says of files that are no models of it.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  ModelManager(ModelSource source, const EngineRegistry& engines, const ModelManagerOptions& options);

  const Clock& clock_;
  std::vector<std::string> problems_;
  std::atomic<bool> draining_{false};
  ShadowRunner shadows_;
  LifeCycle life_cycle_;
};

}  // namespace tandem::serve
