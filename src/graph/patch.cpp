// SPDX-License-Identifier: Apache-2.0
// Indices are built once; edits are collected and applied together.
#include "graph/patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tandem::graph {
namespace {

template <typename Visit>
void each_inner_graph(const Node& node, const Visit& visit) {
  for (const auto& [key, value] : node.attributes) {
    const auto* inner = std::get_if<std::unique_ptr<Graph>>(&value);
    if (inner != nullptr) visit(**inner);
  }
}

void collect_names(const Graph& graph, ValueNames& names) {
  for (const auto& input : graph.inputs) names.insert(input.name);
  for (const auto& weight : graph.initializers) names.insert(weight.name);
  for (const auto& node : graph.nodes) {
    names.insert(node.outputs.begin(), node.outputs.end());
    each_inner_graph(node, [&](const Graph& inner) { collect_names(inner, names); });
  }
}

}  // namespace

Node make_node(std::string op_type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  Node node;
  node.op_type = std::move(op_type);
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  return node;
}

void visit_inner_values(const Node& node, const std::function<void(const std::string&)>& visit) {
  each_inner_graph(node, [&](const Graph& inner) {
    for (const auto& inside : inner.nodes) {
      for (const std::string& input : inside.inputs) visit(input);
      visit_inner_values(inside, visit);
    }
    for (const auto& output : inner.outputs) visit(output.name);
  });
}

ValueNames value_names(const Graph& graph) {
  ValueNames names;
  collect_names(graph, names);
  return names;
}

std::size_t drop_unused_weights(Graph& graph) {
  std::set<std::string> used;
  for (const auto& node : graph.nodes) {
    used.insert(node.inputs.begin(), node.inputs.end());
    visit_inner_values(node, [&](const std::string& value) { used.insert(value); });
  }
  for (const auto& output : graph.outputs) used.insert(output.name);
  return std::erase_if(graph.initializers, [&](const Initializer& weight) { return !used.contains(weight.name); });
}

Patch::Patch(Graph& graph) : graph_(graph), original_(graph.nodes.size()) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    for (std::size_t k = 0; k < node.inputs.size(); ++k) uses_[node.inputs[k]].push_back({i, k});
    visit_inner_values(node, [&](const std::string& value) { uses_[value].push_back({i, Use::kInside}); });
    for (const std::string& output : node.outputs) makers_[output] = i;
  }
  for (std::size_t i = 0; i < graph.initializers.size(); ++i) weights_[graph.initializers[i].name] = i;
  for (const auto& output : graph.outputs) outputs_.insert(output.name);
  names_ = value_names(graph);
}

const std::vector<Use>& Patch::uses(std::string_view value) const {
  static const std::vector<Use> kNone;  // what a value is given that nobody uses
  const auto found = uses_.find(value);
  return found == uses_.end() ? kNone : found->second;
}

std::size_t Patch::maker(std::string_view value) const {
  const auto found = makers_.find(value);
  return found == makers_.end() ? npos : found->second;
}

const Initializer* Patch::weight(std::string_view name) const {
  const auto found = weights_.find(name);
  return found == weights_.end() ? nullptr : &graph_.initializers[found->second];
}

Initializer* Patch::weight(std::string_view name) {
  return const_cast<Initializer*>(static_cast<const Patch*>(this)->weight(name));
}

std::string Patch::fresh(const std::string& wanted) {
  std::string name = wanted;
  for (int count = 2; !names_.insert(name).second; ++count) name = fmt::format("{}_{}", wanted, count);
  return name;
}

std::string Patch::add_weight(const std::string& wanted, Tensor value) {
  std::string name = fresh(wanted);
  weights_[name] = graph_.initializers.size();
  graph_.initializers.push_back({name, std::move(value)});
  return name;
}

void Patch::make_constant(const std::string& value, Tensor tensor) {
  weights_[value] = graph_.initializers.size();
  graph_.initializers.push_back({value, std::move(tensor)});
  makers_.erase(value);
}

void Patch::rename(const std::string& from, const std::string& to) {
  const auto change = [&](std::vector<Node>& nodes) {
    for (Node& node : nodes) {
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

const std::string& Patch::resolved(const std::string& name) const {
  const std::string* current = &name;
  for (auto found = stand_ins_.find(*current); found != stand_ins_.end(); found = stand_ins_.find(*current)) {
    current = &found->second;
  }
  return *current;
}

bool Patch::stand_in(const std::string& gone, const std::string& by) {
  const std::string source = resolved(by);
  if (!is_output(gone)) {
    if (source != gone) stand_ins_[gone] = source;
    return source != gone;
  }
  // The output's name moves to whatever makes the other value: only a node can, and only when it has no name to keep.
  const std::size_t index = maker(source);
  if (index == npos || is_output(source) || source == gone) return false;
  made_as_[source] = gone;
  stand_ins_[source] = gone;
  makers_[gone] = index;
  return true;
}

void Patch::resolve_names(Graph& graph, bool outermost) {
  for (Node& node : graph.nodes) {
    for (std::string& input : node.inputs) input = resolved(input);
    if (outermost) {
      for (std::string& output : node.outputs) {
        const auto found = made_as_.find(output);
        if (found != made_as_.end()) output = found->second;
      }
    }
    for (auto& [key, value] : node.attributes) {
      auto* inner = std::get_if<std::unique_ptr<Graph>>(&value);
      if (inner != nullptr) resolve_names(**inner, false);
    }
  }
  if (outermost) return;
  for (TensorSpec& output : graph.outputs) output.name = resolved(output.name);
}

void Patch::apply() {
  std::vector<Node> nodes;
  const auto append = [&nodes](std::vector<Node>& more) {
    std::move(more.begin(), more.end(), std::back_inserter(nodes));
    more.clear();
  };
  append(first_);
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (const auto before = before_.find(i); before != before_.end()) append(before->second);
    if (!removed_.contains(i)) nodes.push_back(std::move(graph_.nodes[i]));
    if (const auto after = after_.find(i); after != after_.end()) append(after->second);
  }
  append(last_);
  graph_.nodes = std::move(nodes);
  if (!stand_ins_.empty()) resolve_names(graph_, true);
  drop_unused_weights(graph_);
}

}  // namespace tandem::graph
