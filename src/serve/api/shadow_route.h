// SPDX-License-Identifier: Apache-2.0
// GET /api/shadows: how the shadows of the served models agree with them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "serve/http/router.h"
#include "serve/models/shadow.h"

namespace tandem::serve {

/// A JSON array, one object a shadow; the members are those of ShadowReport (docs/lifecycle.md).
std::string shadow_document(std::span<const ShadowReport> reports);

/// `reports` is called for every request, on its thread.
void add_shadow_route(Router& router, std::function<std::vector<ShadowReport>()> reports);

}  // namespace tandem::serve
