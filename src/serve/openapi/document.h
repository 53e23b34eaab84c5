// SPDX-License-Identifier: Apache-2.0
// The OpenAPI 3.1 document of a router: what its routes take and give.
#pragma once

#include <string>
#include <string_view>

#include "serve/http/router.h"

namespace tandem::serve {

/// Every route of `router` is in it, with what operations.h says; one that has no row there is marked
/// "x-undocumented".
std::string openapi_document(const Router& router, std::string_view version);

/// GET /openapi.json: the document of the routes that `router` has now, this one included. Call it after the routes
/// that programs use, and before those that only a browser does.
void add_openapi_route(Router& router, std::string_view version);

}  // namespace tandem::serve
