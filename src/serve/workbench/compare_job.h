// SPDX-License-Identifier: Apache-2.0
// Compares models of the workbench as `tandem compare` does: each in a process of its own, so that neither its memory
// nor its end is the server's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/workbench/job_request.h"
#include "serve/workbench/job_runner.h"
#include "serve/workbench/models.h"

namespace tandem::serve {

/// What is started for each contender; by default this very program (bench/process/measured_process.h).
struct CompareProgram {
  std::filesystem::path program = "/proc/self/exe";
  std::vector<std::string> arguments = {"measure-worker"};
};

/// image  null: the inputs are random numbers
/// Result: the document of `tandem compare --json`.
/// Errors: those of find_model_files, of the image, and of a contender that cannot be loaded; cancelled.
Result<std::string> compare_models(const ModelPlaces& places, const CompareProgram& program, const CompareJob& asked,
                                   const ShelvedFile* image, JobProgress& progress);

}  // namespace tandem::serve
