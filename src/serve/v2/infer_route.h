// SPDX-License-Identifier: Apache-2.0
// The infer call over HTTP.
#pragma once

#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/v2/routes.h"

namespace tandem::serve {

/// What answers POST .../infer. `service` and what `options` point to outlive it.
Route infer_route(InferenceService& service, const V2Options& options);

}  // namespace tandem::serve
