// SPDX-License-Identifier: Apache-2.0
// The query of a request as names and values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::serve {

/// The value of `name` in "name=x&size=3", percent-decoded; nothing when it is not there.
/// Errors: invalid_argument (a broken escape, a name that stands there twice).
Result<std::optional<std::string>> query_text(std::string_view query, std::string_view name);

/// The same as a whole number. Errors: invalid_argument.
Result<std::optional<std::uint64_t>> query_number(std::string_view query, std::string_view name);

}  // namespace tandem::serve
