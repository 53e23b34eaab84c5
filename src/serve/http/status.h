// SPDX-License-Identifier: Apache-2.0
// How our errors look over HTTP: the status line and the body {"error": "..."}.
#pragma once

#include <string_view>

#include "base/error.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// 400 for invalid_argument, 404 for not_found, 503 for resource_exhausted and unavailable, 504, 501, 500 ...
int http_status(Code code);

/// "Not Found" for 404; "Unknown" for numbers this server does not send.
std::string_view reason_phrase(int status);

/// {"error": message}; overload and unavailability carry Retry-After.
HttpResponse error_response(const Error& error);
HttpResponse error_response(int status, std::string_view message);

}  // namespace tandem::serve
