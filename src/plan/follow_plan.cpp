// SPDX-License-Identifier: Apache-2.0
// The facts, then the decision.
#include "plan/follow_plan.h"

#include "base/cpu.h"
#include "store/sha256.h"

namespace tandem {
namespace {

PlanFacts gather_facts(const PlanConfig& plan, const std::filesystem::path& weights, const EngineRegistry& engines) {
  PlanFacts facts;
  facts.machine = machine_fingerprint();
  const auto engine = engines.find(plan.engine);
  const Status usable = engine ? (*engine)->available() : Status(fail(engine.error()));
  if (!usable) facts.engine_problem = usable.error().message;
  if (usable) facts.engine_version = (*engine)->version();
  if (plan.evidence) {
    const auto digest = digest_file(weights);
    facts.model_sha256 = digest ? digest->sha256 : "unreadable";
  }
  if (!plan.variant.empty()) {
    const auto digest = digest_file(variant_file(weights, plan.variant));
    if (digest) facts.variant_sha256 = digest->sha256;
    if (!digest) facts.variant_problem = digest.error().message;
  }
  return facts;
}

}  // namespace

std::string machine_fingerprint() { return machine_line(); }

std::filesystem::path variant_file(const std::filesystem::path& weights, const std::string& variant) {
  return weights.parent_path() / (variant + weights.extension().string());
}

FollowedPlan follow_plan(const std::optional<PlanConfig>& plan, const std::filesystem::path& weights,
                         const EngineRegistry& engines, const PlanWishes& wishes) {
  FollowedPlan followed{{}, weights};
  if (!plan) return followed;
  followed.choice = choose_plan(plan, wishes, gather_facts(*plan, weights, engines));
  if (followed.choice.plan && !plan->variant.empty()) followed.weights = variant_file(weights, plan->variant);
  return followed;
}

Status apply_plan(const PlanConfig& plan, SessionOptions& options) {
  options.precision = TRY(parse_compute_precision(plan.precision));
  options.graph_optimization = TRY(parse_graph_optimization(plan.graph_optimization));
  options.threads = plan.threads;
  options.instances = plan.instances;
  return {};
}

}  // namespace tandem
