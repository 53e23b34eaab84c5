// SPDX-License-Identifier: Apache-2.0
// The probes of Kubernetes: GET /livez, /readyz, /startupz and /v2/health/startup.
#pragma once

#include "serve/http/router.h"
#include "serve/server/readiness.h"

namespace tandem::serve {

/// 200 or 503 with a sentence. `service` outlives the router.
void add_probe_routes(Router& router, const ReadinessService& service);

}  // namespace tandem::serve
