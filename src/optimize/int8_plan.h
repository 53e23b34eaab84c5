// SPDX-License-Identifier: Apache-2.0
// Int8Plan: which operators of a graph will work on integers, and which values are quantized for them; decides, changes
// nothing.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "graph/graph.h"

namespace tandem::optimize {

struct Int8Plan {
  std::set<std::size_t> weighted;    // Conv, MatMul and Gemm nodes with constant weights
  std::set<std::size_t> passengers;  // operators between them that take and give quantized values
  std::set<std::string> values;      // that get a scale or share one
  /// A value that only moves (reshaped, transposed, pooled by maximum) has the scale of the value it came from.
  std::map<std::string, std::string> shares;

  bool quantizes(std::size_t node) const { return weighted.contains(node) || passengers.contains(node); }
  /// The value whose scale `value` has.
  const std::string& scale_owner(const std::string& value) const;
};

/// Whole chains: an operator without weights is quantized when all its inputs are and some user of its output is, too.
/// The output of an operator that only a Relu or Clip uses is quantized behind that; a product whose output nothing
/// takes in integers gives floats.
Int8Plan plan_int8(const graph::Graph& graph);

/// Which axis of the constant holds the output channels: 0 for Conv and a transposed Gemm, 1 for the other products.
std::size_t channel_axis(const graph::Node& node);

}  // namespace tandem::optimize
