// SPDX-License-Identifier: Apache-2.0
// Files and jobs of the workbench as JSON (docs/workbench.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/workbench/file_shelf.h"
#include "serve/workbench/job_runner.h"
#include "serve/workbench/models.h"

namespace tandem::serve {

/// With what is in it.
std::string file_json(const ShelvedFile& file);
/// The file once it is complete, until then how much of it is there.
std::string upload_json(const Upload& upload);

/// With its log and its result.
std::string job_json(const JobView& job);
/// Without these, newest first.
std::string job_list_json(const std::vector<JobView>& jobs);

/// The whole workbench: engines, models, files, jobs, limits. piece_bytes: the largest body of one request.
std::string workbench_json(const ModelPlaces& places, const std::vector<JobView>& jobs, std::uint64_t piece_bytes);

}  // namespace tandem::serve
