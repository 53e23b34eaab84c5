// SPDX-License-Identifier: Apache-2.0
// The answers of the protocol besides infer, as protobuf: the same facts as in serve/v2/documents.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "serve/inference_service.h"
#include "serve/shared_memory/shared_memory_region.h"

namespace tandem::serve {

std::string grpc_server_metadata(std::string_view name, std::string_view version,
                                 std::span<const std::string_view> extensions);
std::string grpc_model_metadata(const ServedModel& model);
std::string grpc_model_configuration(const ServedModel& model);
std::string grpc_model_statistics(std::span<const ModelStatistics> models);
std::string grpc_repository_index(std::span<const ModelState> models, bool only_ready);
std::string grpc_shared_memory_status(std::span<const SharedMemoryRegistration> regions);

}  // namespace tandem::serve
