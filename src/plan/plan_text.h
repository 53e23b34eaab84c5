// SPDX-License-Identifier: Apache-2.0
// A plan as the text of a config's section, put into a config whose other lines and comments stay as they are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pipeline/plan_config.h"

namespace tandem {

/// "plan:\n  goal: ...": as read_plan_config() reads it.
std::string plan_as_yaml(const PlanConfig& plan);

/// The config with this section in place of the one it has, if any; nothing: without one. Every other line stays.
/// Errors: invalid_argument (the config is none, or is written so that no line can be added: in braces)
Result<std::string> replace_plan(std::string_view config, const std::optional<PlanConfig>& plan);

/// The same in a file, which changes as a whole or not at all; one that is not there is made, for a model without any
/// other settings. Errors: those of reading and writing, those of replace_plan.
Status write_plan(const std::filesystem::path& config_file, const std::optional<PlanConfig>& plan);

}  // namespace tandem
