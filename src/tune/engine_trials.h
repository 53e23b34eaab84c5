// SPDX-License-Identifier: Apache-2.0
// EngineTrials: trials on the engines of this program: sessions of this process to search, processes of their own to
// prove.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/registry.h"
#include "tune/trial.h"

namespace tandem::tune {

struct EngineTrialOptions {
  std::filesystem::path weights;                          // of the model
  std::map<std::string, std::filesystem::path> variants;  // by name
  std::map<std::string, std::int64_t> dims;               // of open dimensions besides the batch
};

/// Sessions are shared by all batches, and by all numbers of instances where a session runs several calls at once, so
/// that many ways to run a model cost little memory. Borrows engines and clock. Not thread-safe.
class EngineTrials final : public TrialMaker {
 public:
  EngineTrials(const EngineRegistry& engines, const Clock& clock, EngineTrialOptions options)
      : engines_(engines), clock_(clock), options_(std::move(options)) {}

  Result<std::unique_ptr<Trial>> open(const PlanConfig& plan, TrialPlace place) override;

  /// The session of this process that the plan's trials run, for what else one wants to know of it: its answers.
  Result<std::shared_ptr<Session>> session(const PlanConfig& plan);

 private:
  Result<std::filesystem::path> file_of(const PlanConfig& plan) const;
  Result<SessionOptions> session_options(const PlanConfig& plan) const;
  Result<std::unique_ptr<Trial>> open_process(const PlanConfig& plan) const;

  const EngineRegistry& engines_;
  const Clock& clock_;
  const EngineTrialOptions options_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;  // by what was loaded
};

}  // namespace tandem::tune
