// SPDX-License-Identifier: Apache-2.0
// AnswerCheck: whether what another engine or an optimized variant answers is good enough to be put into a plan.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/optimize/optimize_data.h"
#include "app/tune/tune_problem.h"
#include "pipeline/pipeline.h"
#include "tune/engine_trials.h"
#include "tune/tuner.h"

namespace tandem::app {

/// With data the task's metric decides, else how far the answers are from those of the model as it is.
class AnswerCheck final {
 public:
  /// Runs the model as it is once on everything. `trials` and `problem` outlive the check.
  /// Errors: those of the data, of loading and running the model as it is; failed_precondition (data that say nothing
  /// of what is right)
  static Result<std::unique_ptr<AnswerCheck>> create(const TuneFlags& flags, const TuneProblem& problem,
                                                     tune::EngineTrials& trials);

  Result<tune::AnswerVerdict> check(const PlanConfig& plan) const;
  /// What the metric is of; "" without data.
  const std::string& data() const { return data_.description; }

 private:
  AnswerCheck(const TuneFlags& flags, const TuneProblem& problem, tune::EngineTrials& trials)
      : flags_(flags), problem_(problem), trials_(trials) {}
  Status read_data();
  Result<tune::AnswerVerdict> score(Session& session) const;
  Result<tune::AnswerVerdict> compare(Session& session) const;

  const TuneFlags& flags_;
  const TuneProblem& problem_;
  tune::EngineTrials& trials_;
  std::shared_ptr<Session> reference_;
  std::optional<Pipeline> pipeline_;
  ExampleSet data_;
  double least_ = 0;  // of the metric
  double as_it_is_ = 0;
  std::vector<std::vector<Tensor>> inputs_;   // without data
  std::vector<std::vector<Tensor>> answers_;  // of the model as it is
};

}  // namespace tandem::app
