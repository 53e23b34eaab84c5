// SPDX-License-Identifier: Apache-2.0
// Tensors as JSON arrays: read straight into aligned memory, written straight into the answer's text.
#pragma once

#include <string>

#include "base/error.h"
#include "core/tensor.h"
#include "serve/v2/json_reader.h"

namespace tandem::serve {

/// Reads an array, nested in any way or flat, whose elements in order are those of the tensor. Integers must be in
/// range, bools are true, false, 0 or 1, floats may be the strings "NaN", "Infinity", "-Infinity". Errors:
/// invalid_argument (grammar, element, count), unimplemented (types without a JSON form).
Result<Tensor> read_json_tensor(JsonReader& reader, DType dtype, Shape shape);

/// Appends the elements as a flat array. The type must have a JSON form (see datatype.h).
void append_json_tensor(std::string& out, const Tensor& tensor);

}  // namespace tandem::serve
