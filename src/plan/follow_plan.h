// SPDX-License-Identifier: Apache-2.0
// follow_plan: what is true here of a plan's engine, machine and files, and what to load by it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/options.h"
#include "engine/registry.h"
#include "plan/plan_choice.h"

namespace tandem {

/// The machine as far as a plan depends on it: processor, cores of the budget, system.
std::string machine_fingerprint();

/// weights/NAME.onnx of a plan's variant: beside the model's own file, with its ending.
std::filesystem::path variant_file(const std::filesystem::path& weights, const std::string& variant);

/// A choice with the file it means.
struct FollowedPlan {
  PlanChoice choice;
  std::filesystem::path weights;  // of the variant when one is followed, else the model's own
};

/// Reads and hashes the files when the plan's evidence asks for it.
FollowedPlan follow_plan(const std::optional<PlanConfig>& plan, const std::filesystem::path& weights,
                         const EngineRegistry& engines, const PlanWishes& wishes);

/// The session options that the plan means: engine settings, threads, instances.
/// Errors: invalid_argument (words that a parser of plans would have refused)
Status apply_plan(const PlanConfig& plan, SessionOptions& options);

}  // namespace tandem
