// SPDX-License-Identifier: Apache-2.0
// Forward through the graph: what can be quantized; then backward: what is worth it.
#include "optimize/int8_plan.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace tandem::optimize {
namespace {

using graph::Graph;
using graph::Node;

/// Operators that ONNX Runtime, OpenVINO and TensorRT have in integers.
const std::set<std::string_view> kArithmetic = {"Add", "AveragePool", "Concat", "GlobalAveragePool", "Mul"};
/// Operators that give numbers they were given.
const std::set<std::string_view> kMoves = {"Flatten", "MaxPool",   "Reshape",  "Resize",
                                           "Squeeze", "Transpose", "Unsqueeze"};

class Planner final {
 public:
  explicit Planner(const Graph& graph) : graph_(graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string& input : graph.nodes[i].inputs) users_[input].push_back(i);
    }
    for (const auto& weight : graph.initializers) constants_[weight.name] = &weight.tensor;
    for (const auto& output : graph.outputs) outputs_.insert(output.name);
  }

  Int8Plan plan() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) visit(i);
    while (drop_useless()) {
    }
    return std::move(plan_);
  }

 private:
  bool is_weight(const std::string& name, std::size_t least_rank) const {
    const auto found = constants_.find(name);
    return found != constants_.end() && found->second->dtype() == DType::kFloat32 &&
           found->second->shape().rank() >= least_rank && found->second->element_count() > 0;
  }

  bool is_weighted(const Node& node) const {
    if (node.inputs.size() < 2 || constants_.contains(node.inputs[0])) return false;
    if (node.is("Conv")) return is_weight(node.inputs[1], 3);
    const bool matrix = is_weight(node.inputs[1], 2) && constants_.at(node.inputs[1])->shape().rank() == 2;
    if (node.is("MatMul")) return matrix;
    const auto factor = [&](std::string_view key) {
      const auto* value = node.attribute<float>(key);
      return value == nullptr || *value == 1;
    };
    return node.is("Gemm") && matrix && node.integer("transA", 0) == 0 && factor("alpha") && factor("beta");
  }

  /// The value that is quantized for what this node gives: behind a Relu or Clip that is its only user. What only moves
  /// keeps the scale it came with, which need not begin at 0 as a Relu's does.
  std::string quantized_output(const Node& node) const {
    const std::string& output = node.outputs[0];
    if (kMoves.contains(node.op_type)) return output;
    const auto users = users_.find(output);
    if (users == users_.end() || users->second.size() != 1 || outputs_.contains(output)) return output;
    const Node& user = graph_.nodes[users->second[0]];
    return user.is("Relu") || user.is("Clip") ? user.outputs[0] : output;
  }

  void visit(std::size_t index) {
    const Node& node = graph_.nodes[index];
    if (is_weighted(node)) {
      plan_.weighted.insert(index);
      plan_.values.insert(node.inputs[0]);
      plan_.values.insert(quantized_output(node));
    } else if (can_ride(node)) {
      plan_.passengers.insert(index);
      if (kMoves.contains(node.op_type)) plan_.shares[node.outputs[0]] = node.inputs[0];
      plan_.values.insert(quantized_output(node));
    }
  }

  bool can_ride(const Node& node) const {
    if (!node.domain.empty() || node.inputs.empty() || node.outputs.empty()) return false;
    if (kMoves.contains(node.op_type)) return plan_.values.contains(node.inputs[0]) && single_output(node);
    return kArithmetic.contains(node.op_type) &&
           std::all_of(node.inputs.begin(), node.inputs.end(),
                       [this](const std::string& input) { return plan_.values.contains(input); });
  }

  /// MaxPool may give indices, too: then it stays.
  static bool single_output(const Node& node) { return node.outputs.size() == 1; }

  bool used_in_integers(const std::string& value) const {
    const auto users = users_.find(value);
    return users != users_.end() && std::any_of(users->second.begin(), users->second.end(),
                                                [this](std::size_t user) { return plan_.quantizes(user); });
  }

  /// Takes out a passenger that leads nowhere, and a product's output that nothing takes in integers. Whether it did.
  bool drop_useless() {
    for (const std::size_t index : plan_.passengers) {
      const std::string output = quantized_output(graph_.nodes[index]);
      if (used_in_integers(output)) continue;
      plan_.values.erase(output);
      plan_.shares.erase(output);
      plan_.passengers.erase(index);
      return true;
    }
    for (const std::size_t index : plan_.weighted) {
      const Node& node = graph_.nodes[index];
      const std::string output = quantized_output(node);
      if (node.is("Conv") || used_in_integers(output) || !plan_.values.contains(output)) continue;
      plan_.values.erase(output);
      return true;
    }
    return false;
  }

  const Graph& graph_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> users_;
  std::map<std::string, const Tensor*, std::less<>> constants_;
  std::set<std::string> outputs_;
  Int8Plan plan_;
};

}  // namespace

const std::string& Int8Plan::scale_owner(const std::string& value) const {
  const std::string* owner = &value;
  for (auto found = shares.find(*owner); found != shares.end(); found = shares.find(*owner)) owner = &found->second;
  return *owner;
}

Int8Plan plan_int8(const Graph& graph) { return Planner(graph).plan(); }

std::size_t channel_axis(const Node& node) {
  if (node.is("Conv")) return 0;
  return node.is("Gemm") && node.integer("transB", 0) != 0 ? 0 : 1;
}

}  // namespace tandem::optimize
