// SPDX-License-Identifier: Apache-2.0
// NodeShapes: one node to a shape rule: what is known of its inputs, and where the rule puts its outputs' shapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "graph/shapes/value_facts.h"

namespace tandem::graph {

using Dims = std::vector<Dim>;
using Integers = std::vector<std::int64_t>;

class NodeShapes final {
 public:
  /// Both must outlive it.
  NodeShapes(const Node& node, const Facts& facts) : node_(node), facts_(facts), outputs_(node.outputs.size()) {}

  const Node& node() const { return node_; }
  bool has(std::size_t input) const { return input < node_.inputs.size() && !node_.inputs[input].empty(); }
  const ValueFacts& input(std::size_t index) const;
  /// Null when not even the rank is known.
  const Dims* dims(std::size_t input) const;
  /// The elements of an integer input when all are known.
  std::optional<Integers> integers(std::size_t input) const;
  /// A list that is an attribute in some opsets and an input in others. Nothing: it is there and unknown, or absent;
  /// see has_list().
  std::optional<Integers> list(std::string_view attribute, std::size_t input) const;
  bool has_list(std::string_view attribute, std::size_t input) const {
    return has(input) || node_.attributes.contains(attribute);
  }

  void set(std::size_t output, Dims dims);
  void set_content(std::vector<Extent> content);

  std::vector<ValueFacts>& outputs() { return outputs_; }

 private:
  const Node& node_;
  const Facts& facts_;
  std::vector<ValueFacts> outputs_;
};

/// 0 <= axis < rank, counted from the end when negative; nothing when it lies outside.
std::optional<std::size_t> normal_axis(std::int64_t axis, std::size_t rank);
/// Axes as flags; nothing when one lies outside.
std::optional<std::vector<bool>> axis_flags(const Integers& axes, std::size_t rank);

/// Unknown unless all are known (or one of them is 0) and the product fits.
Dim product(const Dims& dims, std::size_t begin, std::size_t end);
/// By ONNX's rules of multidirectional broadcasting.
Dim broadcast(const Dim& first, const Dim& second);
Dims broadcast(const Dims& first, const Dims& second);
/// A size that is known, or unknown when it is negative or beyond what tensors have.
Dim sized(std::int64_t size);
inline bool same_known(const Dim& first, const Dim& second) {
  return first == second && (first.is_fixed() || !first.name.empty());
}
/// Both of known rank, every dimension known or named, all equal.
bool same_known(const SymbolicShape& first, const SymbolicShape& second);

Extent extent_of(const Dim& dim);
Dim dim_of(const Extent& extent);

}  // namespace tandem::graph
