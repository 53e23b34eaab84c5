// SPDX-License-Identifier: Apache-2.0
// The steps of the checklist for one model here: what is made for them, and why what cannot be tried cannot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/tune/tune_flags.h"
#include "app/tune/tune_problem.h"
#include "base/error.h"
#include "tune/checklist.h"

namespace tandem::app {

/// Where optimized models are made for the checklist.
struct ChecklistPlace {
  const Context& context;
  const TuneFlags& flags;
  std::filesystem::path folder;
};

/// A failure without the name of the file in front, which is known here.
std::string without_file(const std::string& message);

/// Steps without their answers. The models that are made become variants of the problem.
std::vector<tune::ChecklistStep> make_checklist(const ChecklistPlace& place, TuneProblem& problem);

}  // namespace tandem::app
