// SPDX-License-Identifier: Apache-2.0
// Schema: the arguments of an ATen operator with their order, defaults and aliases, from PyTorch's own declarations.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"

namespace tandem::convert::aten {

struct Parameter {
  std::string name;
  std::string type;           // "Tensor", "SymInt[2]", "int?"
  std::size_t list_size = 0;  // of "int[2]", where a single number stands for all: 2
  bool has_default = false;
  Argument otherwise;    // the default
  bool aliased = false;  // the result shares its memory: "Tensor(a) self"
  bool written = false;  // "Tensor(a!) self"
};

struct Schema {
  std::vector<Parameter> parameters;
  std::size_t positional = 0;  // so many may be given by position; the others stand behind "*"
  bool returns_alias = false;

  /// Null when there is none of that name.
  const Parameter* find(std::string_view name) const;
};

/// The declaration of an overload ("add.Tensor"); an unknown one has that of the first overload of its name, and an
/// in-place form (add_.Tensor) that of its plain form. Errors: not_found.
Result<Schema> find_schema(std::string_view full_name);

/// All overloads of a name ("add"), in the table's order: for files whose calls name no overload.
std::vector<std::string> overloads_of(std::string_view name);

/// Reads a declaration as PyTorch prints it: "relu(Tensor self) -> Tensor". Errors: internal.
Result<Schema> parse_schema(std::string_view declaration);

}  // namespace tandem::convert::aten
