// SPDX-License-Identifier: Apache-2.0
// Value and Size: what operators calculate with while they append nodes.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "convert/aten/call.h"

namespace tandem::convert::aten {

/// A tensor of the graph that is being built.
struct Value {
  std::string name;  // in the graph
  ValueInfo info;
  bool is_number = false;  // a number of Python's, which gives way to tensors' element types

  DType dtype() const { return info.dtype; }
  const SymbolicShape& shape() const { return info.shape; }
  std::int64_t rank() const { return static_cast<std::int64_t>(info.shape.rank()); }
  /// -1: not fixed.
  std::int64_t size(std::int64_t axis) const { return info.shape.dims[static_cast<std::size_t>(axis)].size; }
};

/// A number that is known now; a bool is 0 or 1.
using Number = std::variant<std::int64_t, double>;

/// An integer that is known now, or an int64 value of rank 0 that the model computes.
struct Size {
  std::int64_t fixed = 0;
  std::string computed = {};  // its name in the graph; "" when it is known

  bool is_fixed() const { return computed.empty(); }
};

}  // namespace tandem::convert::aten
