// SPDX-License-Identifier: Apache-2.0
// The infer calls: ModelInfer, and ModelStreamInfer, whose requests and answers share one stream.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/settings/tracer.h"
#include "serve/shared_memory/shared_memory_registry.h"

namespace tandem::serve {

struct GrpcInferOptions {
  std::uint64_t max_message_bytes = std::uint64_t{64} << 20;
  const SharedMemoryRegistry* shared_memory = nullptr;  // null: tensors in shared memory are refused
  Tracer* tracer = nullptr;                             // null: nothing is traced
  const Clock* clock = &system_clock();
  std::size_t max_stream_requests = 64;  // unanswered ones of a stream; then its client is held back
};

/// `service` and what `options` point to outlive the router.
void add_grpc_infer_routes(Router& router, InferenceService& service, const GrpcInferOptions& options);

}  // namespace tandem::serve
