// SPDX-License-Identifier: Apache-2.0
// The routes of the Open Inference Protocol V2 over HTTP (docs/formats/v2-http.md).
#pragma once

#include <string>

#include "serve/http/router.h"
#include "serve/inference_service.h"

namespace tandem::serve {

struct V2Options {
  std::string server_name = "tandem";
  std::string server_version;
};

/// Adds everything under /v2. `service` must outlive the router.
void add_v2_routes(Router& router, InferenceService& service, const V2Options& options);

}  // namespace tandem::serve
