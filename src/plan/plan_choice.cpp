// SPDX-License-Identifier: Apache-2.0
// One reason after the other; the first that speaks against the plan is told.
#include "plan/plan_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {
namespace {

struct PlanRefusal {
  std::string why;
  bool asked_for = false;
};

std::string short_hash(const std::string& sha256) { return sha256.substr(0, 12); }

/// What flags say against following it at all.
std::string refusal_of_wishes(const PlanConfig& plan, const PlanWishes& wishes) {
  if (wishes.ignore) return "--no-plan";
  if (!wishes.engine.empty() && wishes.engine != plan.engine) {
    return fmt::format("another engine was asked for, {}, and the plan was measured with {}", wishes.engine,
                       plan.engine);
  }
  if (!wishes.device.empty() && wishes.device != "auto" && wishes.device != "cpu") {
    return fmt::format("--device {} was asked for, and plans are measured on the CPU", wishes.device);
  }
  return "";
}

std::string refusal_of_facts(const PlanConfig& plan, const PlanFacts& facts) {
  if (!facts.engine_problem.empty()) return fmt::format("its engine cannot be used here: {}", facts.engine_problem);
  if (!plan.variant.empty() && facts.variant_sha256.empty()) {
    return fmt::format("its model {} cannot be read: {}", plan.variant, facts.variant_problem);
  }
  if (!plan.evidence) return "";
  const PlanEvidence& evidence = *plan.evidence;
  if (evidence.model_sha256 != facts.model_sha256) {
    return fmt::format("it was measured on another model (SHA-256 {}..., this one has {}...)",
                       short_hash(evidence.model_sha256), short_hash(facts.model_sha256));
  }
  if (!plan.variant.empty() && evidence.variant_sha256 != facts.variant_sha256) {
    return fmt::format("{} is not the file that was measured (SHA-256 {}..., measured was {}...)", plan.variant,
                       short_hash(facts.variant_sha256), short_hash(evidence.variant_sha256));
  }
  if (!evidence.machine.empty() && evidence.machine != facts.machine) {
    return fmt::format("it was measured on another machine ({}; this is {})", evidence.machine, facts.machine);
  }
  return "";
}

template <typename Value>
void overrule(const char* what, const Value& wish, Value& value, std::vector<std::string>& overruled) {
  if (wish == Value{} || wish == value) return;
  overruled.push_back(fmt::format("{} {} instead of {}", what, wish, value));
  value = wish;
}

std::string evidence_text(const PlanEvidence& evidence) {
  std::string text = fmt::format("  measured{}{}", evidence.date.empty() ? "" : " on " + evidence.date,
                                 evidence.machine.empty() ? "" : ", " + evidence.machine);
  if (evidence.items_per_second) text += fmt::format(": {:.4g} items/s", *evidence.items_per_second);
  if (evidence.p50_ms) text += fmt::format(", p50 {:.4g} ms", *evidence.p50_ms);
  if (evidence.p95_ms) text += fmt::format(", p95 {:.4g} ms", *evidence.p95_ms);
  text += "\n";
  for (const PlanRival& rival : evidence.beat) {
    text += fmt::format("  {} takes {:.3g} times as long (95 % interval {:.3g} to {:.3g})\n", rival.name, rival.ratio,
                        rival.low, rival.high);
  }
  if (!evidence.accuracy.empty()) text += fmt::format("  {}\n", evidence.accuracy);
  return text;
}

}  // namespace

std::vector<std::string> PlanChoice::worries() const {
  std::vector<std::string> all = warnings;
  if (!refusal.empty() && !asked_for) {
    all.push_back(
        fmt::format("the plan {} is not followed: {}; `tandem tune` measures a new one", plan_name(*written), refusal));
  }
  return all;
}

PlanChoice choose_plan(const std::optional<PlanConfig>& plan, const PlanWishes& wishes, const PlanFacts& facts) {
  PlanChoice choice;
  if (!plan) return choice;
  choice.written = plan;
  choice.refusal = refusal_of_wishes(*plan, wishes);
  choice.asked_for = !choice.refusal.empty();
  if (choice.refusal.empty()) choice.refusal = refusal_of_facts(*plan, facts);
  if (!choice.refusal.empty()) return choice;
  choice.plan = plan;
  overrule("precision", wishes.precision, choice.plan->precision, choice.overruled);
  overrule("graph optimization", wishes.graph_optimization, choice.plan->graph_optimization, choice.overruled);
  overrule("threads", wishes.threads, choice.plan->threads, choice.overruled);
  overrule("instances", wishes.instances, choice.plan->instances, choice.overruled);
  const bool proven = plan->evidence && !plan->evidence->engine_version.empty();
  if (proven && plan->evidence->engine_version != facts.engine_version) {
    choice.warnings.push_back(fmt::format(
        "the plan {} was measured with {} {} and this is {}: it is followed, but what it was measured to beat "
        "may have changed; `tandem tune` measures it anew",
        plan_name(*plan), plan->engine, plan->evidence->engine_version, facts.engine_version));
  }
  return choice;
}

std::string explain_plan(const PlanChoice& choice) {
  const std::optional<PlanConfig>& written = choice.written;
  if (!written) return "plan: the model's config has none, so its engine runs as it is; `tandem tune` finds one\n";
  if (!choice.plan) return fmt::format("plan: {} is not followed: {}\n", plan_name(*written), choice.refusal);
  std::string text = fmt::format("plan: {} (goal: {})\n", plan_name(*choice.plan), written->goal);
  text += written->evidence ? evidence_text(*written->evidence)
                            : "  written by hand: nothing says what it was measured to beat\n";
  if (!choice.overruled.empty()) text += fmt::format("  asked for otherwise: {}\n", fmt::join(choice.overruled, ", "));
  for (const std::string& warning : choice.warnings) text += fmt::format("  {}\n", warning);
  return text;
}

}  // namespace tandem
