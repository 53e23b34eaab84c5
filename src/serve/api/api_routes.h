// SPDX-License-Identifier: Apache-2.0
// The routes that are not the Open Inference Protocol: /inference, /health, /metrics and the web page's /api.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "schedule/worker_pool.h"
#include "serve/http/router.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// What the routes need. Everything referred to outlives the router.
struct ApiContext {
  InferenceService& service;
  WorkerPool& pool;           // for images: they are never decoded on an io thread
  std::string default_model;  // of /inference; "": the first classifier of images, else the first model of images
  std::function<std::string()> metrics;  // the text of /metrics
  const Clock& clock = system_clock();
};

/// GET /health, GET /metrics, GET /api/models, POST /api/models/{name}/predict, POST /inference
void add_api_routes(Router& router, const ApiContext& context);

}  // namespace tandem::serve
