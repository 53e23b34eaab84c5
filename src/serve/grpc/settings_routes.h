// SPDX-License-Identifier: Apache-2.0
// The methods of the logging and trace extensions.
#pragma once

#include "serve/grpc/methods.h"
#include "serve/inference_service.h"
#include "serve/settings/tracer.h"

namespace tandem::serve {

/// Adds LogSettings and TraceSetting. `tracer` is null where the server does not trace; both outlive the router.
void add_grpc_settings_routes(const GrpcMethods& add, InferenceService& service, Tracer* tracer);

}  // namespace tandem::serve
