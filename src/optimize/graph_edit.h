// SPDX-License-Identifier: Apache-2.0
// GraphEdit: a graph under change: who makes and who uses each value, new names, nodes put in before others.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tandem::optimize {

/// A node of ONNX's own operators, without a name: names must differ, and outputs tell nodes apart.
graph::Node make_node(std::string op_type, std::vector<std::string> inputs, std::vector<std::string> outputs);

/// Where a value is used.
struct Use {
  std::size_t node = 0;
  std::size_t input = 0;
};

/// Indices are into the graph's nodes as they were when the object was made; nodes that are put in or taken out take
/// effect with apply(). `(put_* | rename | remove)* apply`. The graph must outlive it.
class GraphEdit final {
 public:
  explicit GraphEdit(graph::Graph& graph);

  graph::Graph& graph() { return graph_; }
  graph::Node& node(std::size_t index) { return graph_.nodes[index]; }
  const graph::Node& node(std::size_t index) const { return graph_.nodes[index]; }
  std::size_t node_count() const { return original_; }

  /// Every place where the value is an input; not the graph's outputs.
  const std::vector<Use>& uses(std::string_view value) const;
  /// Index of the node that makes the value; npos for inputs and weights.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t maker(std::string_view value) const;
  bool is_output(std::string_view value) const { return outputs_.contains(std::string(value)); }
  /// The constant of that name; null when it is none.
  graph::Initializer* weight(std::string_view name);

  /// A name that no value has yet; it is taken from now on.
  std::string fresh(const std::string& wanted);
  /// Adds a constant under a fresh name, which is returned.
  std::string add_weight(const std::string& wanted, Tensor value);

  void put_before(std::size_t index, graph::Node node) { before_[index].push_back(std::move(node)); }
  void put_after(std::size_t index, graph::Node node) { after_[index].push_back(std::move(node)); }
  void put_first(graph::Node node) { first_.push_back(std::move(node)); }
  void put_last(graph::Node node) { last_.push_back(std::move(node)); }
  void remove(std::size_t index) { removed_.insert(index); }

  /// Gives a value another name in every node, those that were put in included; not in the graph's inputs and outputs.
  void rename(const std::string& from, const std::string& to);

  /// Rebuilds the list of nodes, and drops constants that nothing uses any more.
  void apply();

 private:
  graph::Graph& graph_;
  std::size_t original_;
  std::map<std::string, std::vector<Use>, std::less<>> uses_;
  std::map<std::string, std::size_t, std::less<>> makers_;
  std::map<std::string, std::size_t, std::less<>> weights_;
  std::set<std::string> outputs_;
  std::set<std::string> names_;
  std::map<std::size_t, std::vector<graph::Node>> before_;
  std::map<std::size_t, std::vector<graph::Node>> after_;
  std::vector<graph::Node> first_;
  std::vector<graph::Node> last_;
  std::set<std::size_t> removed_;
};

}  // namespace tandem::optimize
