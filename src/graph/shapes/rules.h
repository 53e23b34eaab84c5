// SPDX-License-Identifier: Apache-2.0
// The tables of shape rules: an operator is one row in one of them, with one small function.
#pragma once

#include <span>
#include <string_view>

#include "graph/shapes/node_shapes.h"

namespace tandem::graph {

/// Sets what it can say for certain of the node's outputs, and leaves the others unknown. It must stand any number of
/// inputs and any attributes: the file is hostile.
struct ShapeRule {
  std::string_view op;
  void (*infer)(NodeShapes& node);
};

std::span<const ShapeRule> elementwise_shape_rules();
std::span<const ShapeRule> window_shape_rules();
std::span<const ShapeRule> product_shape_rules();
std::span<const ShapeRule> movement_shape_rules();
std::span<const ShapeRule> indexing_shape_rules();
std::span<const ShapeRule> reduction_shape_rules();
std::span<const ShapeRule> source_shape_rules();

/// Of the integers in outputs; called after the shape rule of the same operator.
std::span<const ShapeRule> content_rules();

}  // namespace tandem::graph
