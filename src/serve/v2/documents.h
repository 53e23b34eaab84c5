// SPDX-License-Identifier: Apache-2.0
// The JSON documents of protocol V2 besides infer: metadata, configuration, statistics, repository index.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "serve/inference_service.h"

namespace tandem::serve {

/// `extensions`: only what exists; perf_analyzer and others change their behaviour by this list.
std::string server_metadata(std::string_view name, std::string_view version,
                            std::span<const std::string_view> extensions);
/// Shapes as the protocol wants them: -1 for what is not fixed, the batch dimension included.
std::string model_metadata(const ServedModel& model);
/// The configuration as Triton's clients read it; its dims leave the batch dimension out.
std::string model_configuration(const ServedModel& model);
std::string model_statistics(std::span<const ModelStatistics> models);
std::string repository_index(std::span<const ModelState> models, bool only_ready);

}  // namespace tandem::serve
