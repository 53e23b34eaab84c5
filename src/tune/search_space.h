// SPDX-License-Identifier: Apache-2.0
// SearchSpace: the ways to run a model that are worth measuring; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan_config.h"
#include "schedule/cpu_split.h"

namespace tandem::tune {

enum class Goal {
  kThroughput,  // items a second with all instances busy
  kLatency,     // time of one run of one item, with nothing beside it
};

/// One way to run the model. PlanConfig::evidence stays empty.
struct Candidate {
  PlanConfig plan;
  bool as_it_is = false;  // an engine's default: one run at a time on all cores, one item a run

  /// "onnxruntime as it is", "openvino 2x1, batch 8"
  std::string name() const;
};

struct SearchSpace {
  Goal goal = Goal::kThroughput;
  int cores = 1;
  CpuSplit given{0, 0};                 // by the model's schedule or by flags; 0: open
  std::vector<std::string> engines;     // the first one is what runs without a plan
  std::vector<std::string> variants;    // names of optimized models, without the model itself
  std::int64_t max_batch = 1;           // rows that one run may have
  std::optional<PlanConfig> incumbent;  // a plan that the config has already
};

/// The default of each engine first, in the order of the engines; then every split of the cores with batches of 1, 4,
/// 16,
/// ... rows; no two are the same. For latency only splits of one instance, and single items.
std::vector<Candidate> first_candidates(const SearchSpace& space);

/// What is near the best: other levels of graph optimization, half and twice the batch. Without `best` itself.
std::vector<Candidate> variations(const Candidate& best, const SearchSpace& space);

/// Whether they are one way to run the model; evidence aside.
bool same_way(const PlanConfig& a, const PlanConfig& b);

/// How far a plan is from what everybody runs: another model, another precision, another level, several runs at
/// once, larger batches, which a request may have to wait for.
int oddity(const Candidate& candidate);

/// Whether they give the same answers bit for bit: how runs share the cores changes nothing of them, batches neither.
bool same_answers(const PlanConfig& a, const PlanConfig& b);

}  // namespace tandem::tune
