// SPDX-License-Identifier: Apache-2.0
// Operators that take axes away or shorten them: Reduce*, ArgMax, TopK.
#include <array>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

Dims reduced(const Dims& input, const std::vector<bool>& flags, bool keeps) {
  Dims result;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (!flags[i]) result.push_back(input[i]);
    if (flags[i] && keeps) result.push_back(Dim::fixed(1));
  }
  return result;
}

void reduce(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  const bool keeps = node.node().integer("keepdims", 1) != 0;
  const bool has_axes = node.has_list("axes", 1);
  std::optional<Integers> axes = node.list("axes", 1);
  if (has_axes && !axes) {
    if (keeps) node.set(0, Dims(input->size()));
    return;
  }
  if (!has_axes) axes.emplace();
  auto flags = axis_flags(*axes, input->size());
  if (!flags) return;
  if (axes->empty() && node.node().integer("noop_with_empty_axes", 0) == 0) flags->assign(input->size(), true);
  node.set(0, reduced(*input, *flags, keeps));
}

void arg_max(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const auto axis = input == nullptr ? std::nullopt : normal_axis(node.node().integer("axis", 0), input->size());
  if (!axis) return;
  std::vector<bool> flags(input->size(), false);
  flags[*axis] = true;
  node.set(0, reduced(*input, flags, node.node().integer("keepdims", 1) != 0));
}

/// How many stands in an attribute before opset 10.
void top_k(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const auto axis = input == nullptr ? std::nullopt : normal_axis(node.node().integer("axis", -1), input->size());
  if (!axis) return;
  Dims result = *input;
  const auto& count = node.input(1).content;
  result[*axis] = count && count->size() == 1 ? dim_of((*count)[0]) : Dim{};
  if (node.node().attributes.contains("k")) result[*axis] = sized(node.node().integer("k", -1));
  node.set(0, result);
  node.set(1, std::move(result));
}

constexpr std::array<ShapeRule, 13> kReductionShapes = {{{"ArgMax", arg_max},
                                                         {"ArgMin", arg_max},
                                                         {"ReduceL1", reduce},
                                                         {"ReduceL2", reduce},
                                                         {"ReduceLogSum", reduce},
                                                         {"ReduceLogSumExp", reduce},
                                                         {"ReduceMax", reduce},
                                                         {"ReduceMean", reduce},
                                                         {"ReduceMin", reduce},
                                                         {"ReduceProd", reduce},
                                                         {"ReduceSum", reduce},
                                                         {"ReduceSumSquare", reduce},
                                                         {"TopK", top_k}}};

}  // namespace

std::span<const ShapeRule> reduction_shape_rules() { return kReductionShapes; }

}  // namespace tandem::graph
