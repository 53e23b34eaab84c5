// SPDX-License-Identifier: Apache-2.0
// ValueFacts: what is known of a value before anything runs: its type, its shape, and small integers in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dtype.h"
#include "core/shape.h"

namespace tandem::graph {

/// One integer of a value that shapes are computed from: a number, the size that a symbol stands for, or unknown.
struct Extent {
  std::optional<std::int64_t> number;
  std::string symbol;  // of a dimension of the model's inputs; "" when the number is known or nothing is

  friend bool operator==(const Extent&, const Extent&) = default;
};

inline constexpr std::size_t kMaxContent = 256;

struct ValueFacts {
  DType dtype = DType::kUndefined;  // undefined: unknown
  SymbolicShape shape{{}, true};
  /// The elements of an integer value of at most kMaxContent elements, row by row.
  std::optional<std::vector<Extent>> content;
  /// The elements of a float32 constant of at most 16 elements: factors of a Resize.
  std::vector<float> factors;

  friend bool operator==(const ValueFacts&, const ValueFacts&) = default;
};

using Facts = std::map<std::string, ValueFacts, std::less<>>;

/// The value's facts; those of something unknown when it has none.
const ValueFacts& facts_of(const Facts& facts, std::string_view value);

}  // namespace tandem::graph
