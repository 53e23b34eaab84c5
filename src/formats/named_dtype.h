// SPDX-License-Identifier: Apache-2.0
// NamedDType: a row of a format's table of element types, looked up from either side.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "core/dtype.h"

namespace tandem {

struct NamedDType {
  std::string_view name;  // as the format writes it
  DType dtype;
};

/// Nothing when the format's name is not in the table.
inline std::optional<DType> find_dtype(std::span<const NamedDType> table, std::string_view name) {
  const auto row = std::ranges::find(table, name, &NamedDType::name);
  return row == table.end() ? std::nullopt : std::optional(row->dtype);
}

/// The first name of the type; nothing when the format has none.
inline std::optional<std::string_view> find_dtype_name(std::span<const NamedDType> table, DType dtype) {
  const auto row = std::ranges::find(table, dtype, &NamedDType::dtype);
  return row == table.end() ? std::nullopt : std::optional(row->name);
}

}  // namespace tandem
