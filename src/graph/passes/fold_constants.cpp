// SPDX-License-Identifier: Apache-2.0
// Operators on constants, and integers that follow from known shapes, become constants.
#include <algorithm>

#include "graph/passes/evaluate.h"
#include "graph/passes/pass.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"

namespace tandem::graph {
namespace {

/// Shape arithmetic whose result is known although its inputs are not: sizes of fixed dimensions.
std::optional<Tensor> from_content(const ValueFacts& facts) {
  const auto shape = facts.shape.concrete();
  if (!facts.content || !shape || shape->element_count() != static_cast<std::int64_t>(facts.content->size())) {
    return std::nullopt;
  }
  const bool known = std::all_of(facts.content->begin(), facts.content->end(),
                                 [](const Extent& extent) { return extent.number.has_value(); });
  const bool is_integer = facts.dtype == DType::kInt64 || facts.dtype == DType::kInt32;
  auto tensor = known && is_integer ? Tensor::allocate(facts.dtype, *shape) : Result<Tensor>(Tensor());
  if (!tensor || tensor->empty()) return std::nullopt;
  for (std::size_t i = 0; i < facts.content->size(); ++i) {
    const std::int64_t number = *(*facts.content)[i].number;
    if (facts.dtype == DType::kInt64) tensor->mutable_values<std::int64_t>()[i] = number;
    if (facts.dtype == DType::kInt32) tensor->mutable_values<std::int32_t>()[i] = static_cast<std::int32_t>(number);
  }
  return std::move(*tensor);
}

class ConstantFolder final {
 public:
  ConstantFolder(Graph& graph, const PassLimits& limits)
      : facts_(infer_shapes(graph)), patch_(graph), limits_(limits) {}

  std::size_t run() {
    std::size_t folded = 0;
    for (std::size_t i = 0; i < patch_.node_count(); ++i) {
      const Node& node = patch_.node(i);
      if (!has_shape_rule(node) || node.outputs.size() != 1 || patch_.is_output(node.outputs[0])) continue;
      auto constant = from_content(facts_of(facts_, node.outputs[0]));
      if (!constant) constant = compute(node);
      if (!constant) continue;
      patch_.make_constant(node.outputs[0], std::move(*constant));
      patch_.remove(i);
      ++folded;
    }
    if (folded > 0) patch_.apply();
    return folded;
  }

 private:
  std::optional<Tensor> compute(const Node& node) {
    const ValueFacts& facts = facts_of(facts_, node.outputs[0]);
    const auto shape = facts.shape.concrete();
    const auto count = shape ? shape->element_count() : std::nullopt;
    const auto bytes = count ? byte_size(facts.dtype, static_cast<std::size_t>(*count)) : std::nullopt;
    if (!bytes) return std::nullopt;
    Evaluation evaluation{node, {}, *shape, facts.dtype};
    std::uint64_t freed = node.is("Constant") ? *bytes : 0;
    for (const std::string& input : node.inputs) {
      const Initializer* weight = input.empty() ? nullptr : patch_.weight(input);
      if (weight == nullptr && !input.empty()) return std::nullopt;
      evaluation.inputs.push_back(weight == nullptr ? nullptr : &weight->tensor);
      if (weight != nullptr && patch_.uses(input).size() == 1) freed += weight->tensor.byte_size();
    }
    if (*bytes > freed && *bytes - freed > limits_.fold_bytes) return std::nullopt;
    return evaluate(evaluation);
  }

  Facts facts_;
  Patch patch_;
  const PassLimits& limits_;
};

}  // namespace

Result<std::size_t> fold_constants(Model& model, const PassLimits& limits) {
  return ConstantFolder(model.graph, limits).run();
}

}  // namespace tandem::graph
