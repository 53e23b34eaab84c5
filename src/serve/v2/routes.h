// SPDX-License-Identifier: Apache-2.0
// The routes of the Open Inference Protocol V2 over HTTP (docs/formats/v2-http.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/model_control.h"
#include "serve/shared_memory/shared_memory_registry.h"

namespace tandem::serve {

struct V2Options {
  std::string server_name = "tandem";
  std::string server_version;
  SharedMemoryRegistry* shared_memory = nullptr;  // null: the extension is off
  ModelControl* control = nullptr;                // null: models are not loaded and unloaded by calls
};

/// The names of the extensions that a server with these options has; every protocol announces the same.
std::vector<std::string_view> v2_extensions(const V2Options& options);

/// Adds everything under /v2. `service` and what `options` point to must outlive the router.
void add_v2_routes(Router& router, InferenceService& service, const V2Options& options);

}  // namespace tandem::serve
