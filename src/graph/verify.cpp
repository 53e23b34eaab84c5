// SPDX-License-Identifier: Apache-2.0
// One walk over the nodes in their order, with the set of the values that are defined so far.
#include "graph/verify.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace tandem::graph {
namespace {

using Names = std::set<std::string_view>;

std::string describe(const Node& node, std::size_t index) {
  return fmt::format("node {} ({}{}{})", index, node.op_type, node.name.empty() ? "" : " ", node.name);
}

class Verifier final {
 public:
  explicit Verifier(const Model& model) : model_(model) {}

  /// around: the values of the graphs that this one stands in.
  Status check_graph(const Graph& graph, const Names& around) const {
    Names defined = around;
    for (const TensorSpec& input : graph.inputs) TRY(define(defined, input.name, "an input"));
    for (const Initializer& initializer : graph.initializers) {
      if (initializer.tensor.empty()) return broken(fmt::format("the weight '{}' has no value", initializer.name));
      TRY(define(defined, initializer.name, "a weight"));
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) TRY(check_node(graph.nodes[i], i, defined));
    if (graph.outputs.empty()) return broken(fmt::format("the graph '{}' has no outputs", graph.name));
    for (const TensorSpec& output : graph.outputs) {
      if (!defined.contains(output.name)) return broken(fmt::format("nothing defines the output '{}'", output.name));
    }
    return {};
  }

 private:
  static tl::unexpected<Error> broken(std::string_view what) {
    return internal_error(fmt::format("the model breaks ONNX's rules: {}", what));
  }

  static Status define(Names& defined, std::string_view name, std::string_view what) {
    if (name.empty()) return broken(fmt::format("{} has no name", what));
    if (!defined.insert(name).second)
      return broken(fmt::format("the value '{}' is defined twice, now as {}", name, what));
    return {};
  }

  Status check_node(const Node& node, std::size_t index, Names& defined) const {
    const std::string where = describe(node, index);
    if (node.op_type.empty()) return broken(where + " names no operator");
    if (!model_.opsets.contains(node.domain)) {
      return broken(fmt::format("{} is of the domain '{}', for which the model imports no opset", where, node.domain));
    }
    for (const std::string& input : node.inputs) {
      if (!input.empty() && !defined.contains(input)) {
        return broken(fmt::format("{} uses '{}', which nothing before it defines", where, input));
      }
    }
    for (const auto& [name, value] : node.attributes) {
      const auto* inner = std::get_if<std::unique_ptr<Graph>>(&value);
      if (inner != nullptr) TRY(check_graph(**inner, defined));
    }
    for (const std::string& output : node.outputs) {
      if (!output.empty()) TRY(define(defined, output, "an output of " + where));
    }
    return {};
  }

  const Model& model_;
};

}  // namespace

Status verify(const Model& model) { return Verifier(model).check_graph(model.graph, {}); }

}  // namespace tandem::graph
