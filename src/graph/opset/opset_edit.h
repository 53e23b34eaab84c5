// SPDX-License-Identifier: Apache-2.0
// OpsetEdit: one node to a rule that takes it from one opset to the next, or back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/patch.h"
#include "graph/shapes/value_facts.h"

namespace tandem::graph {

class OpsetEdit final {
 public:
  /// Both must outlive it.
  OpsetEdit(Patch& patch, const Facts& facts, std::size_t index) : patch_(patch), facts_(facts), index_(index) {}

  Patch& patch() { return patch_; }
  Node& node() { return patch_.node(index_); }
  const Node& node() const { return patch_.node(index_); }

  /// "GridSample (node 'warp') needs opset 16: ...": what the caller gives back.
  tl::unexpected<Error> refuse(std::int64_t lowest, std::string_view why) const;

  bool has_input(std::size_t input) const { return input < node().inputs.size() && !node().inputs[input].empty(); }
  const ValueFacts& facts(std::size_t input) const;
  /// Elements of an integer input when all are known.
  std::optional<std::vector<std::int64_t>> integers(std::size_t input) const;
  /// The constant tensor of an input; null when it is none.
  const Tensor* constant(std::size_t input) const;

  /// Puts the value at that place, with empty names before it.
  void set_input(std::size_t input, std::string value);
  /// Cuts inputs off from `count` on, and empty names at the end.
  void keep_inputs(std::size_t count);
  std::string add_integers(std::string_view what, const std::vector<std::int64_t>& values);
  std::string add_integer(std::string_view what, std::int64_t value);  // a scalar
  std::string add_floats(std::string_view what, const std::vector<float>& values);
  /// A scalar of a float type, or of zero bytes for any other with `value` 0; nothing for types it cannot make.
  std::optional<std::string> add_scalar(std::string_view what, DType dtype, double value);

  /// A new value behind this node's output.
  std::string fresh(std::string_view what);
  /// Puts OPERATOR(inputs) before the node; returns its output, a new value unless it is given.
  std::string put(std::string_view op, std::vector<std::string> inputs, std::string output = {});
  /// The same for a node with attributes.
  std::string put(Node node);
  /// The node goes; what was put before it makes its outputs.
  void replace() { patch_.remove(index_); }

 private:
  std::string path() const;

  Patch& patch_;
  const Facts& facts_;
  std::size_t index_;
};

}  // namespace tandem::graph
