// SPDX-License-Identifier: Apache-2.0
// The routes of the web page: GET / and GET /assets/*.
#pragma once

#include <string_view>

#include "serve/http/router.h"

namespace tandem::serve {

/// Adds one route a file. The page needs nothing from anywhere else, and says so to the browser
/// (Content-Security-Policy).
void add_web_routes(Router& router);

/// Whether the value of an If-None-Match header names `etag` (RFC 9110 section 13.1.2: a list, weak comparison, or
/// "*").
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace tandem::serve
