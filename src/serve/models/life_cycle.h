// SPDX-License-Identifier: Apache-2.0
// LifeCycle: brings models up, switches requests over to them and lets the ones before end; off the path of requests.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/read_mostly.h"
#include "base/watcher.h"
#include "engine/registry.h"
#include "schedule/worker_pool.h"
#include "serve/model_control.h"
#include "serve/models/load_override.h"
#include "serve/models/model_source.h"
#include "serve/models/model_table.h"
#include "serve/models/reaper.h"
#include "serve/models/recorder_book.h"
#include "serve/models/shadow.h"
#include "serve/models/state_book.h"
#include "serve/models/version_plan.h"

namespace tandem::serve {

struct LifeCycleOptions {
  LoadOptions load;
  bool explicit_control = false;        // load() and unload() are obeyed, and nothing is loaded unless it is asked for
  std::vector<std::string> load_names;  // with explicit_control, at start; "*": all
  std::map<std::string, ShadowConfig> shadows;  // by name; go before those of the rollouts
  /// How often the store is looked at for what has changed; 0: never.
  std::chrono::milliseconds watch_interval{0};
};

/// Thread-safe. One thread loads, one model after the other; another one ends models (reaper.h). Every version goes
/// `load, warm up, self-test, switch`; what fails on the way is UNAVAILABLE in index(), and what served before goes on.
class LifeCycle final : public ModelControl {
 public:
  /// `engines` and `shadows` outlive it.
  LifeCycle(ModelSource source, const EngineRegistry& engines, ShadowRunner& shadows, LifeCycleOptions options);
  /// Ends all models that nobody refers to any more.
  ~LifeCycle() override;

  /// Loads what is to be there from the start, and returns when that is done or has failed; then watches.
  /// Errors: not_found (a name of load_names), those of reading the store.
  Status start();

  const ReadMostly<ModelTable>& table() const { return table_; }
  std::vector<ModelState> index() const { return states_.index(); }
  /// False when there are names to be served and not one of them is.
  bool any_ready() const { return any_ready_.load(std::memory_order_relaxed); }

  void load(std::string_view name, LoadParameters parameters, Done done) override;
  void unload(std::string_view name, bool dependents, Done done) override;

  /// What the watch does at intervals: a change of the store that stands since the last call is taken over.
  void look(std::function<void()> done);

  /// Loads and unloads nothing any more; answers those who wait for it.
  void stop();

 private:
  /// What the loading thread knows of a name that is to be served.
  struct Known {
    LoadOverride changes;
    RolloutConfig rollout;                            // the last that could be read
    std::map<std::string, std::string> fingerprints;  // of the files of each version when it was last tried
    std::string applied;                              // the name's signature when it was last brought up
    std::string seen;                                 // and when it was last looked at
    std::optional<ShadowConfig> shadow;               // that `shadow_model` was loaded for
    std::shared_ptr<const LoadedModel> shadow_model;  // answers no client; null: a version that is served is compared
  };
  /// A version that has come up and does not answer yet.
  struct Fresh {
    std::shared_ptr<const LoadedModel> model;
    std::uint64_t serial = 0;
    std::string tested;  // what the self-test said
  };
  struct LoadAs {
    std::string engine;                       // "": as it is served
    std::shared_ptr<ModelRecorder> recorder;  // null: one of its own
  };
  using FreshVersions = std::map<std::string, Fresh>;
  struct Ending {
    std::set<std::uint64_t> serials;
    Done done;
  };

  void submit(Done done, std::function<void()> task);
  Status start_now();
  void look_now();

  Status bring_up(const std::string& name, bool anew);
  Result<VersionChoice> choose(const std::string& name, Known& known);
  Result<Fresh> try_version(const std::string& name, const std::string& version, Known& known);
  Result<std::unique_ptr<LoadedModel>> load_version(const std::string& name, const std::string& version,
                                                    const LoadAs& how, std::string& tested) const;
  void note_failure(const std::string& name, const std::string& version, const Error& error);
  void switch_over(const std::string& name, const std::vector<std::string>& after, FreshVersions fresh);
  void set_shadow(const std::string& name, Known& known, bool reload);
  Result<std::shared_ptr<const LoadedModel>> find_shadow(const std::string& name, Known& known,
                                                         const ShadowConfig& config);

  std::string fingerprint(const std::string& name, const std::string& version, const Known& known) const;
  std::string signature(const std::string& name, const Known& known) const;
  void look_at(const std::string& name);
  void publish(const std::string& name, std::optional<ServedName> served);
  ServedName served_now(const std::string& name) const;

  std::set<std::uint64_t> take_down(const std::string& name, std::optional<std::string> reason);
  void finish_unload(std::set<std::uint64_t> serials, Done done);
  void let_go(const std::shared_ptr<const LoadedModel>& model);
  void on_gone(std::uint64_t serial);

  const ModelSource source_;
  const EngineRegistry& engines_;
  ShadowRunner& shadows_;
  const LifeCycleOptions options_;
  ReadMostly<ModelTable> table_;
  StateBook states_;
  std::atomic<bool> any_ready_{true};
  std::atomic<bool> stopping_{false};

  // Of the loading thread alone:
  std::map<std::string, Known> known_;  // names that are to be served
  RecorderBook recorders_;
  std::uint64_t next_serial_ = 1;

  std::mutex endings_mutex_;
  // Guarded by endings_mutex_:
  std::map<const LoadedModel*, std::uint64_t> serials_;  // of models that have not ended
  std::vector<Ending> endings_;                          // unload calls that wait for models to end

  std::unique_ptr<Reaper> reaper_;
  std::unique_ptr<WorkerPool> loader_;  // one thread
  std::unique_ptr<Watcher> watcher_;    // null: the store is not watched
};

}  // namespace tandem::serve
