// SPDX-License-Identifier: Apache-2.0
// The three kinds of work: convert a checkpoint, run an image, compare engines.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/workbench/compare_job.h"
#include "serve/workbench/job_request.h"
#include "serve/workbench/job_runner.h"
#include "serve/workbench/models.h"

namespace tandem::serve {

/// What all jobs need; outlives them.
struct JobContext {
  ModelPlaces places;
  FileShelf& shelf;
  std::string version;  // of this program
  CompareProgram compare_program;
};

/// Checks what can be checked at once, and says what is to be done.
/// Errors: not_found (a file), invalid_argument (a file of the wrong kind).
Result<NewJob> make_job(const JobContext& context, JobRequest request);

}  // namespace tandem::serve
