// SPDX-License-Identifier: Apache-2.0
// The generate extension over HTTP: flat JSON in and out, at once or word by word.
#pragma once

#include "base/clock.h"
#include "schedule/worker_pool.h"
#include "serve/http/router.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// What the routes need; all of it outlives the router and what it has begun.
struct GenerateContext {
  InferenceService& service;
  WorkerPool& pool;  // for images and words
  const Clock& clock = system_clock();
};

/// POST .../generate and .../generate_stream of every model. A captioner says its caption, one event a word; any other
/// model gives its outputs, in one event.
void add_generate_routes(Router& router, const GenerateContext& context);

}  // namespace tandem::serve
