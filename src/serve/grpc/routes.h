// SPDX-License-Identifier: Apache-2.0
// The routes of the Open Inference Protocol V2 over gRPC (docs/formats/v2-grpc.md, proto/inference.proto).
#pragma once

#include <cstdint>

#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/v2/routes.h"

namespace tandem::serve {

struct GrpcOptions {
  V2Options v2;  // as over HTTP
  std::uint64_t max_message_bytes = std::uint64_t{64} << 20;
};

/// Adds the services inference.GRPCInferenceService, grpc.health.v1.Health and grpc.reflection. `service` and what
/// `options` point to outlive the router.
void add_grpc_routes(Router& router, InferenceService& service, const GrpcOptions& options);

}  // namespace tandem::serve
