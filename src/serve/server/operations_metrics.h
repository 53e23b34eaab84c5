// SPDX-License-Identifier: Apache-2.0
// The part of /metrics that is of the server, not of its models: readiness, cache, access log, traces.
#pragma once

#include <string>

#include "serve/cache/caching_service.h"
#include "serve/observe/access_log.h"
#include "serve/observe/span_export.h"

namespace tandem::serve {

/// Null for what is switched off: its metrics are left out.
struct Operations {
  const CachingService* cache = nullptr;
  const AccessLog* access_log = nullptr;
  const SpanExport* spans = nullptr;
};

std::string operations_metrics(const Operations& operations, bool ready, const std::string& version);

}  // namespace tandem::serve
