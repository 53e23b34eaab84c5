// SPDX-License-Identifier: Apache-2.0
// Whether a text is JSON that the store's readers take.
#pragma once

#include <string_view>

#include "base/error.h"

namespace tandem {

/// Errors: invalid_argument when the text is no JSON object, or one of more than 32 levels; `what` names it.
Status check_json_object(std::string_view text, std::string_view what);

}  // namespace tandem
