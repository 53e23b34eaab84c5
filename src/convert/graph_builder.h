// SPDX-License-Identifier: Apache-2.0
// GraphBuilder: appends nodes and weights to an ONNX graph under names that tell where in the network they belong.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::convert {

using Attributes = std::map<std::string, graph::AttributeValue, std::less<>>;

/// Makes the attributes of one node: attributes("axis", 1, "mode", "linear").
template <typename... Rest>
Attributes attributes(std::string key, graph::AttributeValue value, Rest&&... rest) {
  Attributes made;
  if constexpr (sizeof...(rest) > 0) made = attributes(std::forward<Rest>(rest)...);
  made.insert_or_assign(std::move(key), std::move(value));
  return made;
}

/// Everywhere in the graph, also in the graphs of control flow, which see the values around them.
void rename_value(graph::Graph& graph, const std::string& before, const std::string& after);

/// A value of the graph is named by a string. `(input | weight | add | open_inner ... close_inner)* output+ finish`.
class GraphBuilder final {
 public:
  explicit GraphBuilder(std::string graph_name) { model_.graph.name = std::move(graph_name); }

  /// An input of the model; returns its name.
  std::string input(TensorSpec spec);
  /// A constant. A name that is taken already gets a number behind it.
  std::string weight(std::string name, Tensor value);
  /// Constants for shapes, axes and the like: int64 [n], and one float32 scalar.
  std::string integers(const std::string& name, std::vector<std::int64_t> values);
  std::string scalar(const std::string& name, float value);

  /// A node with one output. `path` names the node and its output ("decoder.conv_more.0").
  std::string add(std::string_view op_type, std::vector<std::string> inputs, const std::string& path,
                  Attributes attributes = {});
  /// A node with `count` outputs.
  std::vector<std::string> add_many(std::string_view op_type, std::vector<std::string> inputs, const std::string& path,
                                    std::size_t count, Attributes attributes = {});

  /// What is added from here on makes a graph inside this one (a branch of an If), which sees the values made so far;
  /// weights stay outside. Inner graphs may hold further ones.
  void open_inner(std::string name);
  /// The inner graph that was opened last. Its outputs are nodes of its own: what was made outside, or is given
  /// already, goes through an Identity.
  std::unique_ptr<graph::Graph> close_inner(std::vector<TensorSpec> outputs);

  /// Keeps a name free for an output: nodes that ask for it get a number behind theirs.
  void reserve(std::string output_name);
  /// Makes `value` an output of the model; it is called spec.name from here on.
  void output(const std::string& value, TensorSpec spec);

  /// What was built so far.
  const graph::Graph& graph() const { return model_.graph; }

  /// The model, verified. Errors: those of graph::verify.
  Result<graph::Model> finish() &&;

 private:
  std::string unique(const std::string& name);
  graph::Graph& current() { return inner_.empty() ? model_.graph : *inner_.back(); }
  /// Gives what a node makes another name, wherever it is used; false when no node makes it.
  bool rename(const std::string& value, const std::string& name);
  void add_identity(const std::string& value, const std::string& name);

  graph::Model model_;
  std::vector<std::unique_ptr<graph::Graph>> inner_;  // those that are open, the innermost last
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> reserved_;
  std::map<std::string, int, std::less<>> counts_;  // the last number behind a name
};

}  // namespace tandem::convert
