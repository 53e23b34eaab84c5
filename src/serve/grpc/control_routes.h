// SPDX-License-Identifier: Apache-2.0
// The methods that change or show what the server has: model repository, shared memory, settings.
#pragma once

#include "serve/grpc/methods.h"
#include "serve/inference_service.h"
#include "serve/v2/routes.h"

namespace tandem::serve {

/// `service` and what `options` point to outlive the router.
void add_grpc_control_routes(const GrpcMethods& add, InferenceService& service, const V2Options& options);

}  // namespace tandem::serve
