// SPDX-License-Identifier: Apache-2.0
// Cast(Cast(x)) becomes one Cast of x where the first lost nothing.
#include <array>

#include "graph/passes/pass.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"

namespace tandem::graph {
namespace {

struct Widening {
  DType from;
  std::array<DType, 5> to;
};

/// Every number of the first type has its like in each of the others. Unused places are kUndefined.
constexpr std::array<Widening, 8> kWidenings = {{
    {DType::kBool, {DType::kInt32, DType::kInt64, DType::kFloat32, DType::kFloat64, DType::kUint8}},
    {DType::kUint8, {DType::kInt32, DType::kInt64, DType::kFloat32, DType::kFloat64, DType::kInt16}},
    {DType::kInt8, {DType::kInt32, DType::kInt64, DType::kFloat32, DType::kFloat64, DType::kInt16}},
    {DType::kInt16, {DType::kInt32, DType::kInt64, DType::kFloat32, DType::kFloat64, DType::kUndefined}},
    {DType::kInt32, {DType::kInt64, DType::kFloat64, DType::kUndefined, DType::kUndefined, DType::kUndefined}},
    {DType::kFloat16, {DType::kFloat32, DType::kFloat64, DType::kUndefined, DType::kUndefined, DType::kUndefined}},
    {DType::kBfloat16, {DType::kFloat32, DType::kFloat64, DType::kUndefined, DType::kUndefined, DType::kUndefined}},
    {DType::kFloat32, {DType::kFloat64, DType::kUndefined, DType::kUndefined, DType::kUndefined, DType::kUndefined}},
}};

bool loses_nothing(DType from, DType to) {
  if (from == DType::kUndefined || to == DType::kUndefined) return false;
  if (from == to) return true;
  for (const Widening& widening : kWidenings) {
    if (widening.from != from) continue;
    for (const DType wide : widening.to) {
      if (wide == to) return true;
    }
  }
  return false;
}

}  // namespace

Result<std::size_t> merge_casts(Model& model, const PassLimits&) {
  const Facts facts = infer_shapes(model.graph);
  const Patch patch(model.graph);
  std::size_t merged = 0;
  for (Node& node : model.graph.nodes) {
    if (!node.is("Cast") || node.inputs.empty()) continue;
    const std::size_t maker = patch.maker(node.inputs[0]);
    if (maker == Patch::npos) continue;
    const Node& first = patch.node(maker);
    if (!first.is("Cast") || first.inputs.empty() || first.inputs[0].empty()) continue;
    if (!loses_nothing(facts_of(facts, first.inputs[0]).dtype, facts_of(facts, node.inputs[0]).dtype)) continue;
    node.inputs[0] = first.inputs[0];
    ++merged;
  }
  return merged;
}

}  // namespace tandem::graph
