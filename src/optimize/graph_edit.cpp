// SPDX-License-Identifier: Apache-2.0
// Indices are built once; edits are collected and applied together.
#include "optimize/graph_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tandem::optimize {
namespace {

void collect_names(const graph::Graph& graph, std::set<std::string>& names) {
  for (const auto& input : graph.inputs) names.insert(input.name);
  for (const auto& weight : graph.initializers) names.insert(weight.name);
  for (const auto& node : graph.nodes) {
    names.insert(node.outputs.begin(), node.outputs.end());
    for (const auto& [key, value] : node.attributes) {
      const auto* inner = std::get_if<std::unique_ptr<graph::Graph>>(&value);
      if (inner != nullptr) collect_names(**inner, names);
    }
  }
}

/// Everything that subgraphs use may come from around them.
void collect_inner_uses(const graph::Node& node, std::set<std::string>& used) {
  for (const auto& [key, value] : node.attributes) {
    const auto* inner = std::get_if<std::unique_ptr<graph::Graph>>(&value);
    if (inner == nullptr) continue;
    for (const auto& inside : (*inner)->nodes) {
      used.insert(inside.inputs.begin(), inside.inputs.end());
      collect_inner_uses(inside, used);
    }
    for (const auto& output : (*inner)->outputs) used.insert(output.name);
  }
}

void drop_unused_weights(graph::Graph& graph) {
  std::set<std::string> used;
  for (const auto& node : graph.nodes) {
    used.insert(node.inputs.begin(), node.inputs.end());
    collect_inner_uses(node, used);
  }
  for (const auto& output : graph.outputs) used.insert(output.name);
  std::erase_if(graph.initializers, [&](const graph::Initializer& weight) { return !used.contains(weight.name); });
}

}  // namespace

graph::Node make_node(std::string op_type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  graph::Node node;
  node.op_type = std::move(op_type);
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  return node;
}

GraphEdit::GraphEdit(graph::Graph& graph) : graph_(graph), original_(graph.nodes.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    for (std::size_t k = 0; k < node.inputs.size(); ++k) uses_[node.inputs[k]].push_back({i, k});
    for (const std::string& output : node.outputs) makers_[output] = i;
  }
  for (std::size_t i = 0; i < graph.initializers.size(); ++i) weights_[graph.initializers[i].name] = i;
  for (const auto& output : graph.outputs) outputs_.insert(output.name);
  collect_names(graph, names_);
}

const std::vector<Use>& GraphEdit::uses(std::string_view value) const {
  static const std::vector<Use> kNone;  // what a value is given that nobody uses
  const auto found = uses_.find(value);
  return found == uses_.end() ? kNone : found->second;
}

std::size_t GraphEdit::maker(std::string_view value) const {
  const auto found = makers_.find(value);
  return found == makers_.end() ? npos : found->second;
}

graph::Initializer* GraphEdit::weight(std::string_view name) {
  const auto found = weights_.find(name);
  return found == weights_.end() ? nullptr : &graph_.initializers[found->second];
}

std::string GraphEdit::fresh(const std::string& wanted) {
  std::string name = wanted;
  for (int count = 2; !names_.insert(name).second; ++count) name = fmt::format("{}_{}", wanted, count);
  return name;
}

std::string GraphEdit::add_weight(const std::string& wanted, Tensor value) {
  std::string name = fresh(wanted);
  weights_[name] = graph_.initializers.size();
  graph_.initializers.push_back({name, std::move(value)});
  return name;
}

void GraphEdit::rename(const std::string& from, const std::string& to) {
  const auto change = [&](std::vector<graph::Node>& nodes) {
    for (graph::Node& node : nodes) {
      std::replace(node.inputs.begin(), node.inputs.end(), from, to);
      std::replace(node.outputs.begin(), node.outputs.end(), from, to);
    }
  };
  change(graph_.nodes);
  change(first_);
  change(last_);
  for (auto& [index, nodes] : before_) change(nodes);
  for (auto& [index, nodes] : after_) change(nodes);
}

void GraphEdit::apply() {
  std::vector<graph::Node> nodes;
  const auto append = [&nodes](std::vector<graph::Node>& more) {
    std::move(more.begin(), more.end(), std::back_inserter(nodes));
    more.clear();
  };
  append(first_);
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    append(before_[i]);
    if (!removed_.contains(i)) nodes.push_back(std::move(graph_.nodes[i]));
    append(after_[i]);
  }
  append(last_);
  graph_.nodes = std::move(nodes);
  drop_unused_weights(graph_);
}

}  // namespace tandem::optimize
