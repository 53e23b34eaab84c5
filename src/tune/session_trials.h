// SPDX-License-Identifier: Apache-2.0
// SessionTrials: trials whose sessions live in this process.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/registry.h"
#include "tune/trial.h"

namespace tandem::tune {

struct SessionTrialOptions {
  std::filesystem::path weights;                          // of the model; variants lie beside it
  std::map<std::string, std::filesystem::path> variants;  // by name
  std::map<std::string, std::int64_t> dims;               // of open dimensions besides the batch
  Device device = Device::kAuto;
};

/// Borrows engines and clock. Not thread-safe.
class SessionTrials final : public TrialMaker {
 public:
  SessionTrials(const EngineRegistry& engines, const Clock& clock, SessionTrialOptions options)
      : engines_(engines), clock_(clock), options_(std::move(options)) {}

  Result<std::unique_ptr<Trial>> open(const PlanConfig& plan, bool fresh) override;

  /// The session that trials of the plan run, for what else one wants to know of it: its answers.
  Result<std::shared_ptr<Session>> session(const PlanConfig& plan);

  /// Which file a plan loads. Errors: not_found (an unknown variant), invalid_argument (no file for the engine)
  Result<std::filesystem::path> file_of(const PlanConfig& plan) const;

 private:
  struct Held {
    std::shared_ptr<Session> session;
    std::uint64_t bytes = 0;  // by how much this process grew
  };
  Result<Held> load(const PlanConfig& plan) const;
  Result<Held*> hold(const PlanConfig& plan);

  const EngineRegistry& engines_;
  const Clock& clock_;
  const SessionTrialOptions options_;
  std::map<std::string, Held> held_;  // by what was loaded
};

}  // namespace tandem::tune
