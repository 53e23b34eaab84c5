// SPDX-License-Identifier: Apache-2.0
// The names that the V2 protocol gives to element types.
#pragma once

#include <optional>
#include <string_view>

#include "core/dtype.h"

namespace tandem::serve {

/// "FP32", "INT64", "BYTES" ...; "INVALID" for types the protocol does not know (complex, float8, 4-bit).
std::string_view v2_datatype(DType dtype);
std::optional<DType> parse_v2_datatype(std::string_view name);

/// The same in a model configuration: "TYPE_FP32", "TYPE_STRING" ...
std::string_view v2_config_type(DType dtype);

/// Whether tensors of the type can be written as JSON; the others travel as binary data only.
bool has_json_form(DType dtype);

}  // namespace tandem::serve
