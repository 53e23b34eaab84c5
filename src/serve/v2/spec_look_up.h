// SPDX-License-Identifier: Apache-2.0
// Finds an input or output of a model by the name that a caller used.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/spec_list.h"

namespace tandem::serve {

/// The index. `kind` is "input" or "output". Errors: invalid_argument, with the names there are.
Result<std::size_t> find_spec(const std::vector<TensorSpec>& specs, std::string_view name, std::string_view kind);

}  // namespace tandem::serve
