// SPDX-License-Identifier: Apache-2.0
// Coarse first, fine around the best.
#include "tune/search_space.h"

#include <algorithm>
#include <bit>

namespace tandem::tune {
namespace {

constexpr std::int64_t kLargestBatch = 64;
constexpr std::int64_t kBatchStep = 4;

void add_way(std::vector<Candidate>& candidates, Candidate candidate) {
  const bool known =
      std::ranges::any_of(candidates, [&](const Candidate& other) { return same_way(other.plan, candidate.plan); });
  if (!known) candidates.push_back(std::move(candidate));
}

PlanConfig make_plan(const SearchSpace& space, const std::string& engine, const std::string& variant) {
  PlanConfig plan;
  plan.goal = space.goal == Goal::kLatency ? "latency" : "throughput";
  plan.engine = engine;
  plan.variant = variant;
  plan.threads = space.cores;
  return plan;
}

std::vector<CpuSplit> splits_of(const SearchSpace& space) {
  if (space.goal == Goal::kThroughput) return split_candidates(space.cores, space.given);
  std::vector<CpuSplit> splits;
  for (CpuSplit split : split_candidates(space.cores, {0, space.given.threads})) {
    split.instances = 1;
    splits.push_back(split);
  }
  return splits;
}

}  // namespace

std::string Candidate::name() const { return as_it_is ? plan.engine + " as it is" : plan_name(plan); }

int oddity(const Candidate& candidate) {
  if (candidate.as_it_is) return 0;
  const PlanConfig& plan = candidate.plan;
  constexpr int kOtherModel = 256;
  constexpr int kOtherPrecision = 128;
  constexpr int kOtherLevel = 64;
  constexpr int kSeveralRuns = 32;
  const int doublings = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(plan.batch))) - 1;  // at most 16
  return (plan.variant.empty() ? 0 : kOtherModel) + (plan.precision == "fp32" ? 0 : kOtherPrecision) +
         (plan.graph_optimization == "all" ? 0 : kOtherLevel) + (plan.instances > 1 ? kSeveralRuns : 0) + doublings;
}

bool same_answers(const PlanConfig& a, const PlanConfig& b) {
  return a.engine == b.engine && a.variant == b.variant && a.precision == b.precision &&
         a.graph_optimization == b.graph_optimization;
}

bool same_way(const PlanConfig& a, const PlanConfig& b) {
  return same_answers(a, b) && a.threads == b.threads && a.instances == b.instances && a.batch == b.batch;
}

std::vector<Candidate> first_candidates(const SearchSpace& space) {
  std::vector<Candidate> candidates;
  for (const std::string& engine : space.engines) add_way(candidates, {make_plan(space, engine, ""), true});
  if (space.incumbent) {
    Candidate incumbent{*space.incumbent, false};
    incumbent.plan.evidence.reset();
    incumbent.plan.goal = make_plan(space, "", "").goal;
    const bool fits = incumbent.plan.batch <= space.max_batch &&
                      std::ranges::find(space.engines, incumbent.plan.engine) != space.engines.end() &&
                      (incumbent.plan.variant.empty() ||
                       std::ranges::find(space.variants, incumbent.plan.variant) != space.variants.end()) &&
                      (space.goal == Goal::kThroughput || (incumbent.plan.instances == 1 && incumbent.plan.batch == 1));
    if (fits) add_way(candidates, incumbent);
  }
  const std::int64_t largest = space.goal == Goal::kLatency ? 1 : std::min(kLargestBatch, space.max_batch);
  std::vector<std::string> models = {""};
  models.insert(models.end(), space.variants.begin(), space.variants.end());
  for (const std::string& engine : space.engines) {
    for (const std::string& model : models) {
      for (const CpuSplit& split : splits_of(space)) {
        for (std::int64_t batch = 1; batch <= largest; batch *= kBatchStep) {
          Candidate candidate{make_plan(space, engine, model), false};
          candidate.plan.threads = split.threads;
          candidate.plan.instances = split.instances;
          candidate.plan.batch = batch;
          add_way(candidates, candidate);
        }
      }
    }
  }
  return candidates;
}

std::vector<Candidate> variations(const Candidate& best, const SearchSpace& space) {
  std::vector<Candidate> candidates = {best};
  // Other engines have one way to rewrite a graph.
  if (best.plan.engine == "onnxruntime") {
    for (const char* level : {"extended", "basic"}) {
      Candidate candidate{best.plan, false};
      candidate.plan.graph_optimization = level;
      add_way(candidates, candidate);
    }
  }
  if (space.goal == Goal::kThroughput) {
    for (const std::int64_t batch : {best.plan.batch / 2, best.plan.batch * 2}) {
      Candidate candidate{best.plan, false};
      candidate.plan.batch = batch;
      if (batch >= 1 && batch <= space.max_batch) add_way(candidates, candidate);
    }
  }
  candidates.erase(candidates.begin());
  return candidates;
}

}  // namespace tandem::tune
