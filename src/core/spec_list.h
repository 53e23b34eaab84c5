// SPDX-License-Identifier: Apache-2.0
// Lists of TensorSpec: a model's inputs or outputs, looked up and named.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/tensor_spec.h"

namespace tandem {

/// The place of the first spec of that name; nothing: there is none.
std::optional<std::size_t> find_spec(std::span<const TensorSpec> specs, std::string_view name);

/// "a, b"
std::string names_of(std::span<const TensorSpec> specs);

}  // namespace tandem
