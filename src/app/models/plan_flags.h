// SPDX-License-Identifier: Apache-2.0
// PlanFlags: the verbs that follow the plan of a model's config, and how they say that they do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "app/command.h"
#include "app/models/session_flags.h"
#include "base/error.h"
#include "pipeline/plan_config.h"
#include "plan/plan_choice.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct PlanFlags {
  bool ignore = false;
  bool explain = false;

  void add_to(CLI::App& verb);
  PlanWishes wishes(const SessionFlags& session) const;
};

/// Everything that flags say of how a model is loaded.
struct LoadingFlags {
  const SessionFlags& session;
  const PlanFlags& plans;
};

/// How many of the plan's runs at the same time a verb makes.
enum class PlannedRuns {
  kOne,     // one run at a time: threads that were measured beside others' are not meant for it
  kAtOnce,  // as the plan says
};

struct PlannedFiles {
  std::filesystem::path weights;
  std::optional<PlanConfig> plan;
  std::string preferred;  // the engine of the config where no plan is followed; "": any
};

/// A model that was loaded as its plan says, or as flags do.
struct PlannedModel {
  LoadedModel loaded;
  PlanChoice plan;
  int instances = 1;  // runs at the same time
};

/// Errors: those of load_model.
Result<PlannedModel> load_planned(const Context& context, const LoadingFlags& flags, const PlannedFiles& files,
                                  PlannedRuns runs);

/// What may not stay unsaid goes to standard error; with --explain the whole choice is told, too: on standard output,
/// or beside a JSON document on standard error.
void tell_plan(const Context& context, std::string_view verb, const PlanFlags& flags, const PlanChoice& choice);

}  // namespace tandem::app
