// SPDX-License-Identifier: Apache-2.0
// One walk in the nodes' order; the rules stand in tables by family.
#include "graph/shapes/infer_shapes.h"

#include <utility>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

constexpr std::size_t kMaxFactors = 16;

using RuleTable = std::map<std::string_view, void (*)(NodeShapes&)>;

const RuleTable& shape_table() {
  static const RuleTable kTable = [] {
    RuleTable table;
    for (const auto rules :
         {elementwise_shape_rules(), window_shape_rules(), product_shape_rules(), movement_shape_rules(),
          indexing_shape_rules(), reduction_shape_rules(), source_shape_rules()}) {
      for (const ShapeRule& rule : rules) table.emplace(rule.op, rule.infer);
    }
    return table;
  }();
  return kTable;
}

const RuleTable& content_table() {
  static const RuleTable kTable = [] {
    RuleTable table;
    for (const ShapeRule& rule : content_rules()) table.emplace(rule.op, rule.infer);
    return table;
  }();
  return kTable;
}

template <typename T>
std::vector<Extent> numbers(const Tensor& tensor) {
  std::vector<Extent> content;
  for (const T value : tensor.values<T>()) content.push_back({static_cast<std::int64_t>(value), {}});
  return content;
}

ValueFacts facts_of_constant(const Tensor& tensor) {
  ValueFacts facts;
  facts.dtype = tensor.dtype();
  facts.shape.unknown_rank = false;
  for (const std::int64_t size : tensor.shape().dims()) facts.shape.dims.push_back(sized(size));
  if (tensor.dtype() == DType::kFloat32 && tensor.element_count() <= kMaxFactors) {
    facts.factors.assign(tensor.values<float>().begin(), tensor.values<float>().end());
  }
  if (tensor.element_count() > kMaxContent) return facts;
  if (tensor.dtype() == DType::kInt64) facts.content = numbers<std::int64_t>(tensor);
  if (tensor.dtype() == DType::kInt32) facts.content = numbers<std::int32_t>(tensor);
  return facts;
}

ValueFacts facts_of_input(const TensorSpec& input) {
  ValueFacts facts;
  facts.dtype = input.dtype;
  facts.shape = input.shape;
  for (Dim& dim : facts.shape.dims) {
    if (dim.is_fixed()) dim = sized(dim.size);
  }
  return facts;
}

void infer_node(const Node& node, Facts& facts, DTypes& types) {
  const auto rule = shape_table().find(node.op_type);
  if (!node.domain.empty() || rule == shape_table().end()) return;
  NodeShapes shapes(node, facts);
  rule->second(shapes);
  if (const auto content = content_table().find(node.op_type); content != content_table().end())
    content->second(shapes);
  if (node.op_type == "Constant") {
    if (const auto* value = node.attribute<Tensor>("value")) shapes.outputs()[0] = facts_of_constant(*value);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    ValueFacts& output = shapes.outputs()[i];
    output.dtype = output_dtype(types, node, i);
    if (output.dtype != DType::kUndefined) types[node.outputs[i]] = output.dtype;
    const bool is_integer = output.dtype == DType::kInt64 || output.dtype == DType::kInt32;
    if (!is_integer) output.content.reset();
    facts[node.outputs[i]] = std::move(output);
  }
}

}  // namespace

GrowingShapes::GrowingShapes(Facts around) : facts_(std::move(around)) {
  for (const auto& [name, fact] : facts_) types_[name] = fact.dtype;
}

const Facts& GrowingShapes::update(const Graph& graph) {
  for (; inputs_ < graph.inputs.size(); ++inputs_) {
    const TensorSpec& input = graph.inputs[inputs_];
    types_[input.name] = input.dtype;
    facts_[input.name] = facts_of_input(input);
  }
  for (; initializers_ < graph.initializers.size(); ++initializers_) {
    const Initializer& weight = graph.initializers[initializers_];
    types_[weight.name] = weight.tensor.dtype();
    facts_[weight.name] = facts_of_constant(weight.tensor);
  }
  for (; nodes_ < graph.nodes.size(); ++nodes_) {
    if (!graph.nodes[nodes_].outputs.empty()) infer_node(graph.nodes[nodes_], facts_, types_);
  }
  return facts_;
}

Facts infer_shapes(const Graph& graph, const Facts& around) { return GrowingShapes(around).update(graph); }

bool has_shape_rule(const Node& node) { return node.domain.empty() && shape_table().contains(node.op_type); }

}  // namespace tandem::graph
