// SPDX-License-Identifier: Apache-2.0
// Transposes are put off: past operators that work element by element, until another one cancels them or an operator
// needs the order. The result is taken when it has fewer of them.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "graph/passes/pass.h"
#include "graph/passes/strided_copy.h"
#include "graph/patch.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/shapes/node_shapes.h"

namespace tandem::graph {
namespace {

constexpr std::array kElementwise = {"Abs",
                                     "Add",
                                     "And",
                                     "Cast",
                                     "Ceil",
                                     "Celu",
                                     "Clip",
                                     "Cos",
                                     "Div",
                                     "Elu",
                                     "Equal",
                                     "Erf",
                                     "Exp",
                                     "Floor",
                                     "Gelu",
                                     "Greater",
                                     "GreaterOrEqual",
                                     "HardSigmoid",
                                     "HardSwish",
                                     "LeakyRelu",
                                     "Less",
                                     "LessOrEqual",
                                     "Log",
                                     "Max",
                                     "Min",
                                     "Mish",
                                     "Mul",
                                     "Neg",
                                     "Not",
                                     "Or",
                                     "Pow",
                                     "PRelu",
                                     "Reciprocal",
                                     "Relu",
                                     "Round",
                                     "Selu",
                                     "Sigmoid",
                                     "Sign",
                                     "Sin",
                                     "Softplus",
                                     "Softsign",
                                     "Sqrt",
                                     "Sub",
                                     "Sum",
                                     "Tanh",
                                     "Where"};

/// A value that is a Transpose of another and has not been made yet.
struct Pending {
  std::string source;
  Integers order;
};

bool is_identity(const Integers& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

class Sinker final {
 public:
  explicit Sinker(Graph& graph) : graph_(graph), facts_(infer_shapes(graph)), patch_(graph) {}

  Result<std::size_t> run() {
    const auto before = static_cast<std::size_t>(
        std::count_if(graph_.nodes.begin(), graph_.nodes.end(), [](const Node& node) { return node.is("Transpose"); }));
    if (before == 0 || has_subgraphs()) return 0;
    for (const Node& node : graph_.nodes) {
      if (!put_off(node)) emit(node);
    }
    for (const TensorSpec& output : graph_.outputs) materialize(output.name);
    if (made_ >= before) {
      patch_.apply();  // drops the constants that were turned around for nothing
      return 0;
    }
    graph_.nodes = std::move(nodes_);
    drop_unused_weights(graph_);
    return before - made_;
  }

 private:
  bool has_subgraphs() const {
    return std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [](const Node& node) {
      return std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
        return std::holds_alternative<std::unique_ptr<Graph>>(attribute.second);
      });
    });
  }

  /// Whether the node's output is known to be a Transpose now, so that the node as it stands is not needed.
  bool put_off(const Node& node) {
    if (!node.domain.empty() || node.outputs.size() != 1 || node.outputs[0].empty() || node.inputs.empty())
      return false;
    if (node.op_type == "Transpose") return put_off_transpose(node);
    const bool is_elementwise = std::find(kElementwise.begin(), kElementwise.end(), node.op_type) != kElementwise.end();
    return (is_elementwise || node.op_type == "Concat") && move_above(node);
  }

  bool put_off_transpose(const Node& node) {
    const auto order = order_of(node);
    if (!order) return false;
    Pending pending{node.inputs[0], *order};
    if (const auto found = pending_.find(node.inputs[0]); found != pending_.end()) {
      if (found->second.order.size() != order->size()) return false;
      pending.source = found->second.source;
      for (std::int64_t& axis : pending.order) axis = found->second.order[static_cast<std::size_t>(axis)];
    }
    pending_[node.outputs[0]] = std::move(pending);
    return true;
  }

  /// Checked: a permutation of the input's axes.
  std::optional<Integers> order_of(const Node& node) const {
    Integers order;
    if (const auto* given = node.attribute<Integers>("perm")) {
      order = *given;
    } else {
      const SymbolicShape& shape = facts_of(facts_, node.inputs[0]).shape;
      if (shape.unknown_rank) return std::nullopt;
      for (std::size_t i = shape.dims.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
    }
    const auto flags = axis_flags(order, order.size());
    const bool is_permutation = flags && std::find(flags->begin(), flags->end(), false) == flags->end() &&
                                std::all_of(order.begin(), order.end(), [](std::int64_t axis) { return axis >= 0; });
    return is_permutation ? std::optional(order) : std::nullopt;
  }

  /// The order that all inputs share that wait for a Transpose; null when there is none, or it would have to be made
  /// anyway.
  const Integers* shared_order(const Node& node) const {
    const Integers* order = nullptr;
    std::map<std::string, std::size_t> here;
    for (const std::string& input : node.inputs) ++here[input];
    for (const std::string& input : node.inputs) {
      const auto found = pending_.find(input);
      if (found == pending_.end()) continue;
      const bool only_here = patch_.uses(input).size() == here[input] && !patch_.is_output(input);
      if (!only_here || (order != nullptr && *order != found->second.order)) return nullptr;
      order = &found->second.order;
    }
    return order;
  }

  bool move_above(const Node& node) {
    const Integers* shared = shared_order(node);
    if (shared == nullptr || is_identity(*shared)) return false;
    const Integers order = *shared;
    std::vector<std::string> inputs;
    for (const std::string& input : node.inputs) {
      const auto turned = turned_input(node, input, order);
      if (!turned) return false;
      inputs.push_back(*turned);
    }
    Node moved = make_node(node.op_type, std::move(inputs), {patch_.fresh(node.outputs[0] + ".untransposed")});
    moved.name = node.name;
    copy_attributes(node, moved);
    if (node.op_type == "Concat") {
      const auto axis = normal_axis(node.integer("axis", 1), order.size());
      if (!axis) return false;
      moved.attributes.insert_or_assign("axis", order[*axis]);
    }
    pending_[node.outputs[0]] = {moved.outputs[0], order};
    nodes_.push_back(std::move(moved));
    return true;
  }

  /// What stands for an input before the Transpose; nothing when that cannot be said.
  std::optional<std::string> turned_input(const Node& node, const std::string& input, const Integers& order) {
    if (input.empty()) return input;
    if (const auto found = pending_.find(input); found != pending_.end()) return found->second.source;
    if (node.op_type == "Concat") return std::nullopt;
    const SymbolicShape& shape = facts_of(facts_, input).shape;
    const bool is_single =
        !shape.unknown_rank && shape.dims.size() <= order.size() &&
        std::all_of(shape.dims.begin(), shape.dims.end(), [](const Dim& dim) { return dim.size == 1; });
    if (is_single) return input;
    const Initializer* weight = patch_.weight(input);
    constexpr std::size_t kLargest = 1 << 20;
    if (weight == nullptr || weight->tensor.shape().rank() > order.size() || weight->tensor.byte_size() > kLargest)
      return std::nullopt;
    std::vector<std::int64_t> sizes(order.size() - weight->tensor.shape().rank(), 1);
    const auto& own = weight->tensor.shape().dims();
    sizes.insert(sizes.end(), own.begin(), own.end());
    Integers back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    auto full = weight->tensor.view().reshaped(Shape(sizes));
    auto turned = full ? transposed(*full, back) : std::nullopt;
    if (!turned) return std::nullopt;
    return patch_.add_weight(input + ".transposed", std::move(*turned));
  }

  /// Subgraphs are not copied: models with any are left alone.
  static void copy_attributes(const Node& from, Node& to) {
    for (const auto& [name, value] : from.attributes) {
      const std::string& key = name;
      std::visit(
          [&](const auto& held) {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, Tensor>) {
              to.attributes.emplace(key, held.view());
            } else if constexpr (!std::is_same_v<T, std::unique_ptr<Graph>>) {
              to.attributes.emplace(key, held);
            }
          },
          value);
    }
  }

  void emit(const Node& node) {
    Node copy = make_node(node.op_type, node.inputs, node.outputs);
    copy.name = node.name;
    copy.domain = node.domain;
    copy_attributes(node, copy);
    for (const std::string& input : node.inputs) materialize(input);
    nodes_.push_back(std::move(copy));
  }

  /// Makes the value under its own name, once.
  void materialize(const std::string& value) {
    const auto found = pending_.find(value);
    if (found == pending_.end() || !done_.insert(value).second) return;
    const Pending& pending = found->second;
    if (is_identity(pending.order)) {
      nodes_.push_back(make_node("Identity", {pending.source}, {value}));
      return;
    }
    Node node = make_node("Transpose", {pending.source}, {value});
    node.attributes.emplace("perm", pending.order);
    nodes_.push_back(std::move(node));
    ++made_;
  }

  Graph& graph_;
  Facts facts_;
  Patch patch_;
  std::vector<Node> nodes_;
  std::map<std::string, Pending, std::less<>> pending_;
  std::set<std::string> done_;
  std::size_t made_ = 0;
};

}  // namespace

Result<std::size_t> merge_transposes(Model& model, const PassLimits&) { return Sinker(model.graph).run(); }

}  // namespace tandem::graph
