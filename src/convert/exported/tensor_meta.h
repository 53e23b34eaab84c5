// SPDX-License-Identifier: Apache-2.0
// TensorMeta: element type, sizes and strides of a tensor as an exported program writes them; sizes may be symbols.
//
// Source: torch/_export/serde/schema.py of PyTorch (TensorMeta, SymInt, ScalarType), schema versions 7 and 8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"
#include "convert/exported/json_access.h"

namespace tandem::convert::exported {

struct TensorMeta {
  DType dtype = DType::kUndefined;                   // kUndefined: one that we have no type for
  std::vector<Dim> sizes;                            // a dimension's name is its symbol ("s77")
  std::vector<std::optional<std::int64_t>> strides;  // nothing where it depends on a symbol
  std::int64_t offset = 0;
};

/// Errors: invalid_argument (a field is missing or out of range), unimplemented (sparse tensors).
Result<TensorMeta> read_tensor_meta(const JsonElement& meta);

/// What operators are told of it.
aten::ValueInfo value_info(const TensorMeta& meta);

/// Of the number that files write for an element type.
DType dtype_of_number(std::int64_t number);

/// A size of a symbolic expression: a symbol alone ("s0", "Symbol('s77', integer=True)") has its name, a number its
/// value, everything else is open.
Dim dim_of_expression(std::string_view expression);

}  // namespace tandem::convert::exported
