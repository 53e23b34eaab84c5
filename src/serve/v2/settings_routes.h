// SPDX-License-Identifier: Apache-2.0
// The logging and trace extensions over HTTP.
#pragma once

#include <string_view>

#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/settings/log_settings.h"
#include "serve/settings/tracer.h"

namespace tandem::serve {

/// Adds GET and POST of /v2/logging.
void add_logging_routes(Router& router);

/// Adds GET and POST of /v2/trace/setting and of each model's. `service` and `tracer` outlive the router.
void add_trace_routes(Router& router, InferenceService& service, Tracer& tracer);

/// The bodies of the POST calls; "" asks for no change. Errors: invalid_argument (the field, what was expected).
Result<LogChange> read_log_change(std::string_view json);
Result<TraceWords> read_trace_words(std::string_view json);

}  // namespace tandem::serve
