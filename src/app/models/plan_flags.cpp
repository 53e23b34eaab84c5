// SPDX-License-Identifier: Apache-2.0
// From flags to wishes, from a choice to a session.
#include "app/models/plan_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "plan/follow_plan.h"

namespace tandem::app {

void PlanFlags::add_to(CLI::App& verb) {
  auto* off = verb.add_flag("--no-plan", ignore, "Does not follow the plan that `tandem tune` wrote into the config");
  verb.add_flag("--explain", explain, "Says which plan runs, and what it was measured to beat")->excludes(off);
}

PlanWishes PlanFlags::wishes(const SessionFlags& session) const {
  PlanWishes wishes;
  wishes.ignore = ignore;
  wishes.engine = session.engine;
  wishes.device = session.device;
  wishes.precision = session.precision;
  wishes.graph_optimization = session.graph_optimization;
  wishes.threads = session.threads;
  wishes.instances = session.instances;
  return wishes;
}

Result<PlannedModel> load_planned(const Context& context, const LoadingFlags& flags, const PlannedFiles& files,
                                  PlannedRuns runs) {
  FollowedPlan followed = follow_plan(files.plan, files.weights, context.engines, flags.plans.wishes(flags.session));
  SessionFlags chosen = flags.session;
  if (const auto& plan = followed.choice.plan) {
    chosen.engine = plan->engine;
    chosen.precision = plan->precision;
    chosen.graph_optimization = plan->graph_optimization;
    const bool at_once = runs == PlannedRuns::kAtOnce;
    if (at_once || plan->instances == 1) chosen.threads = plan->threads;
    if (at_once) chosen.instances = plan->instances;
  }
  PlannedModel model;
  model.loaded = TRY(load_model(context, chosen, followed.weights, files.preferred));
  model.plan = std::move(followed.choice);
  model.instances = std::max(1, chosen.instances);
  return model;
}

void tell_plan(const Context& context, std::string_view verb, const PlanFlags& flags, const PlanChoice& choice) {
  if (flags.explain) {
    fmt::print(context.json ? stderr : stdout, "{}", explain_plan(choice));
    return;
  }
  for (const std::string& worry : choice.worries()) fmt::print(stderr, "tandem {}: {}\n", verb, worry);
}

}  // namespace tandem::app
