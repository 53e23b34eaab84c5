// SPDX-License-Identifier: Apache-2.0
// Reshape, Squeeze, Unsqueeze and Flatten that follow each other become one Reshape.
#include <algorithm>
#include <array>
#include <optional>

#include "graph/passes/pass.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

bool only_reshapes(const Node& node) {
  constexpr std::array kOps = {"Flatten", "Reshape", "Squeeze", "Unsqueeze"};
  return node.domain.empty() && !node.inputs.empty() && node.outputs.size() == 1 &&
         std::find(kOps.begin(), kOps.end(), node.op_type) != kOps.end();
}

/// The shape as the second input of Reshape; nothing when two dimensions or more are open, or one is 0, which would be
/// read as another.
std::optional<Integers> as_target(const SymbolicShape& shape) {
  if (shape.unknown_rank) return std::nullopt;
  Integers target;
  std::size_t open = 0;
  for (const Dim& dim : shape.dims) {
    if (dim.size == 0) return std::nullopt;
    open += dim.is_fixed() ? 0U : 1U;
    target.push_back(dim.is_fixed() ? dim.size : -1);
  }
  return open <= 1 ? std::optional(target) : std::nullopt;
}

}  // namespace

Result<std::size_t> merge_reshapes(Model& model, const PassLimits&) {
  const Facts facts = infer_shapes(model.graph);
  Patch patch(model.graph);
  std::size_t merged = 0;
  for (std::size_t i = 0; i < patch.node_count(); ++i) {
    Node& node = patch.node(i);
    if (!only_reshapes(node)) continue;
    const std::size_t maker = patch.maker(node.inputs[0]);
    if (maker == Patch::npos || !only_reshapes(patch.node(maker)) || !patch.is_used_once(node.inputs[0])) continue;
    const std::string source = patch.node(maker).inputs[0];
    const SymbolicShape& shape = facts_of(facts, node.outputs[0]).shape;
    if (same_known(facts_of(facts, source).shape, shape)) {
      if (!patch.stand_in(node.outputs[0], source)) continue;
      patch.remove(i);
    } else {
      const auto target = as_target(shape);
      if (!target) continue;
      const Shape length{static_cast<std::int64_t>(target->size())};
      Tensor sizes = TRY(Tensor::from<std::int64_t>(length, *target));
      node.op_type = "Reshape";
      node.attributes.clear();
      node.inputs = {source, patch.add_weight(node.outputs[0] + ".shape", std::move(sizes))};
    }
    patch.remove(maker);
    ++merged;
  }
  if (merged > 0) patch.apply();
  return merged;
}

}  // namespace tandem::graph
