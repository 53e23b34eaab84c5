// SPDX-License-Identifier: Apache-2.0
// Patch: a graph under change: who makes and who uses each value, new names, nodes put in and taken out, values that
// stand in for others.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tandem::graph {

/// A node of ONNX's own operators, without a name: names must differ, and outputs tell nodes apart.
Node make_node(std::string op_type, std::vector<std::string> inputs, std::vector<std::string> outputs);

/// Calls visit(value) for every value that the node's subgraphs mention, at any depth: it may come from around them.
void visit_inner_values(const Node& node, const std::function<void(const std::string&)>& visit);

/// Names of values: a set that is asked with any kind of text.
using ValueNames = std::set<std::string, std::less<>>;

/// The names of all inputs, constants and nodes' outputs, those of subgraphs at any depth included.
ValueNames value_names(const Graph& graph);

/// Drops the constants that no node, subgraph or output uses. Returns how many.
std::size_t drop_unused_weights(Graph& graph);

/// Where a value is used.
struct Use {
  static constexpr std::size_t kInside = static_cast<std::size_t>(-1);
  std::size_t node = 0;
  std::size_t input = 0;  // kInside: a subgraph of the node uses it
};

/// Indices are into the graph's nodes as they were when the object was made; nodes that are put in or taken out take
/// effect with apply(). `(put_* | rename | stand_in | remove)* apply`. The graph must outlive it.
class Patch final {
 public:
  explicit Patch(Graph& graph);

  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  Node& node(std::size_t index) { return graph_.nodes[index]; }
  const Node& node(std::size_t index) const { return graph_.nodes[index]; }
  std::size_t node_count() const { return original_; }

  /// Every place where the value was an input; not the graph's outputs.
  const std::vector<Use>& uses(std::string_view value) const;
  /// Index of the node that makes the value; npos for inputs and weights.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t maker(std::string_view value) const;
  bool is_output(std::string_view value) const { return outputs_.contains(value); }
  /// Whether anything needs the value: a node, a subgraph, an output of the graph.
  bool is_used(std::string_view value) const { return is_output(value) || !uses(value).empty(); }
  /// Whether one place needs the value, in a node of this graph or in a subgraph, and no output is it.
  bool is_used_once(std::string_view value) const { return !is_output(value) && uses(value).size() == 1; }
  /// The constant of that name; null when it is none.
  Initializer* weight(std::string_view name);
  const Initializer* weight(std::string_view name) const;

  /// A name that no value has yet; it is taken from now on.
  std::string fresh(const std::string& wanted);
  /// Names that are taken elsewhere: those of the graphs around this one.
  void avoid(const ValueNames& names) { names_.insert(names.begin(), names.end()); }
  /// Adds a constant under a fresh name, which is returned.
  std::string add_weight(const std::string& wanted, Tensor value);

  /// A value that a node made is a constant from now on, under its own name; the node is to be removed.
  void make_constant(const std::string& value, Tensor tensor);

  void put_before(std::size_t index, Node node) { before_[index].push_back(std::move(node)); }
  void put_after(std::size_t index, Node node) { after_[index].push_back(std::move(node)); }
  void put_first(Node node) { first_.push_back(std::move(node)); }
  void put_last(Node node) { last_.push_back(std::move(node)); }
  void remove(std::size_t index) { removed_.insert(index); }
  bool is_removed(std::size_t index) const { return removed_.contains(index); }

  /// Gives a value another name in every node, those that were put in included; not in the graph's inputs and outputs.
  void rename(const std::string& from, const std::string& to);

  /// From apply() on, `by` is used wherever `gone` is, subgraphs included; whoever makes `gone` is to be removed. An
  /// output of the graph keeps its name: then what makes `by` makes it under that name. False, and nothing is done,
  /// when both names must stay.
  bool stand_in(const std::string& gone, const std::string& by);

  /// Rebuilds the list of nodes, and drops constants that nothing uses any more.
  void apply();

 private:
  const std::string& resolved(const std::string& name) const;
  void resolve_names(Graph& graph, bool outermost);

  Graph& graph_;
  std::size_t original_;
  std::map<std::string, std::vector<Use>, std::less<>> uses_;
  std::map<std::string, std::size_t, std::less<>> makers_;
  std::map<std::string, std::size_t, std::less<>> weights_;
  ValueNames outputs_;
  ValueNames names_;
  std::map<std::size_t, std::vector<Node>> before_;
  std::map<std::size_t, std::vector<Node>> after_;
  std::vector<Node> first_;
  std::vector<Node> last_;
  std::set<std::size_t> removed_;
  std::map<std::string, std::string, std::less<>> stand_ins_;  // gone -> by
  std::map<std::string, std::string, std::less<>> made_as_;    // what a node made -> the output's name it makes now
};

}  // namespace tandem::graph
