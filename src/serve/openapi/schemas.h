// SPDX-License-Identifier: Apache-2.0
// The JSON schemas of what the calls take and give.
#pragma once

#include <string_view>

namespace tandem::serve {

/// One JSON object: schemas by name (JSON Schema 2020-12, as OpenAPI 3.1 has it).
std::string_view schemas_json();

}  // namespace tandem::serve
