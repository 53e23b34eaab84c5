// SPDX-License-Identifier: Apache-2.0
// PlanChoice: whether a model's plan is followed here and now, what flags change of it, and why: a pure decision.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan_config.h"

namespace tandem {

/// What was asked for besides the plan, by flags or by the config's `schedule`; "" and 0: nothing.
struct PlanWishes {
  bool ignore = false;  // --no-plan
  std::string engine;
  std::string device;  // "auto" is nothing
  std::string precision;
  std::string graph_optimization;
  int threads = 0;
  int instances = 0;
};

/// What holds where the model is to run.
struct PlanFacts {
  std::string engine_problem;  // why the plan's engine cannot be used; "" when it can
  std::string engine_version;
  std::string machine;
  std::string model_sha256;
  std::string variant_sha256;   // of the plan's variant; "": there is no such file
  std::string variant_problem;  // why it cannot be read
};

struct PlanChoice {
  std::optional<PlanConfig> written;   // nothing: the config has none
  std::optional<PlanConfig> plan;      // what to follow, with the wishes in it; nothing: the engine's defaults
  std::string refusal;                 // why it is not followed; "" when it is, or there is none
  bool asked_for = false;              // the refusal is what flags wanted: nothing to warn of
  std::vector<std::string> overruled;  // "threads 4 instead of 1"
  std::vector<std::string> warnings;   // followed, but not all of its evidence holds

  /// What must not stay unsaid: a plan that is there and is not followed, or no longer proven.
  std::vector<std::string> worries() const;
};

/// A plan is followed whole or not at all: threads that were measured with one engine say nothing of another. It is
/// followed when its engine is here and the bytes and the machine are those it was measured with. Another version of
/// the engine is a warning: the choice most likely still holds, its numbers may not.
PlanChoice choose_plan(const std::optional<PlanConfig>& plan, const PlanWishes& wishes, const PlanFacts& facts);

/// A few lines for --explain: which plan runs and why, or why none does.
std::string explain_plan(const PlanChoice& choice);

}  // namespace tandem
