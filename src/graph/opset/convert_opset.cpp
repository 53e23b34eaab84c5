// SPDX-License-Identifier: Apache-2.0
// One opset at a time, all nodes at each; at the end, every operator must be there with the types that it is given.
#include "graph/opset/convert_opset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "graph/opset/operator_history.h"
#include "graph/opset/opset_rules.h"
#include "graph/shapes/infer_shapes.h"
#include "graph/verify.h"

namespace tandem::graph {
namespace {

const OpsetRule* find_rule(std::string_view op, std::int64_t version) {
  static const std::map<std::pair<std::string_view, std::int64_t>, const OpsetRule*> kRules = [] {
    std::map<std::pair<std::string_view, std::int64_t>, const OpsetRule*> rules;
    for (const auto table : {input_rules(), attribute_rules(), meaning_rules(), decomposition_rules()}) {
      for (const OpsetRule& rule : table) rules.emplace(std::pair(rule.op, rule.version), &rule);
    }
    return rules;
  }();
  const auto found = kRules.find({op, version});
  return found == kRules.end() ? nullptr : found->second;
}

std::string name_of(const Node& node) {
  return node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name;
}

/// The step from one opset to its neighbour: between `version - 1` and `version`.
struct Crossing {
  std::int64_t version = 0;
  bool upward = true;
};

bool came_with(std::string_view op, std::int64_t version) {
  const auto history = operator_history(op);
  return !history.empty() && history.front().since == version;
}

bool changed_in(std::string_view op, std::int64_t version) {
  const auto history = operator_history(op);
  return std::any_of(history.begin(), history.end(),
                     [version](const OperatorVersion& one) { return one.since == version && one.has_changed; });
}

Status cross_node(OpsetEdit& edit, Crossing crossing) {
  const Node& node = edit.node();
  if (!node.domain.empty()) return {};
  if (const OpsetRule* rule = find_rule(node.op_type, crossing.version)) {
    const OpsetRuleFunction apply = crossing.upward ? rule->up : rule->down;
    const bool is_whole = !node.outputs.empty() && (!node.inputs.empty() || node.op_type == "Constant");
    if (apply != nullptr && is_whole) return apply(edit);
  }
  if (crossing.upward) {
    if (!changed_in(node.op_type, crossing.version)) return {};
    return invalid_argument(
        fmt::format("{} (node '{}') changed in opset {}, and there is no rule that takes it there: "
                    "write the model at opset {} or lower",
                    node.op_type, name_of(node), crossing.version, crossing.version - 1));
  }
  if (came_with(node.op_type, crossing.version))
    return edit.refuse(crossing.version, "there is no such operator before");
  if (!changed_in(node.op_type, crossing.version)) return {};
  return edit.refuse(crossing.version, "there is no rule that takes it to an older form");
}

Status cross_graph(Graph& graph, Crossing crossing, const Facts& around, const ValueNames& names) {
  const bool matters = std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
    return came_with(node.op_type, crossing.version) || find_rule(node.op_type, crossing.version) != nullptr ||
           changed_in(node.op_type, crossing.version) ||
           std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
             return std::holds_alternative<std::unique_ptr<Graph>>(attribute.second);
           });
  });
  if (!matters) return {};
  const Facts facts = infer_shapes(graph, around);
  Patch patch(graph);
  patch.avoid(names);
  for (std::size_t i = 0; i < patch.node_count(); ++i) {
    for (auto& [key, value] : patch.node(i).attributes) {
      auto* inner = std::get_if<std::unique_ptr<Graph>>(&value);
      if (inner != nullptr) TRY(cross_graph(**inner, crossing, facts, names));
    }
    OpsetEdit edit(patch, facts, i);
    TRY(cross_node(edit, crossing));
  }
  patch.apply();
  return {};
}

/// Whether the values' types, as far as they are known, are among those of the edges.
bool takes(const std::vector<std::uint64_t>& edges, const std::vector<std::string>& values, const Facts& facts) {
  for (std::size_t i = 0; i < values.size() && !edges.empty(); ++i) {
    const DType dtype = values[i].empty() ? DType::kUndefined : facts_of(facts, values[i]).dtype;
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(dtype);
    if (dtype != DType::kUndefined && (edges[std::min(i, edges.size() - 1)] & bit) == 0) return false;
  }
  return true;
}

bool takes(const OperatorVersion& version, const Node& node, const Facts& facts) {
  return takes(version.inputs, node.inputs, facts) && takes(version.outputs, node.outputs, facts);
}

/// That the operator is there in the wanted opset, for the types that it is given.
Status check_node(const Node& node, std::int64_t opset, const Facts& facts) {
  const auto history = operator_history(node.op_type);
  if (!node.domain.empty() || history.empty()) return {};
  const auto newer =
      std::find_if(history.begin(), history.end(), [opset](const OperatorVersion& one) { return one.since > opset; });
  if (newer == history.begin()) {
    return invalid_argument(fmt::format("{} (node '{}') needs opset {} or higher: there is no such operator before",
                                        node.op_type, name_of(node), history.front().since));
  }
  if (takes(*(newer - 1), node, facts)) return {};
  const auto able =
      std::find_if(newer, history.end(), [&](const OperatorVersion& one) { return takes(one, node, facts); });
  if (able == history.end()) return {};  // in no opset: whoever made the model knows why
  const auto dtype = node.inputs.empty() ? DType::kUndefined : facts_of(facts, node.inputs[0]).dtype;
  return invalid_argument(
      fmt::format("{} (node '{}') needs opset {} or higher: before, it is not there for the types of "
                  "its inputs and outputs ({})",
                  node.op_type, name_of(node), able->since, dtype_name(dtype)));
}

Status check_graph(const Graph& graph, std::int64_t opset, const Facts& around) {
  const Facts facts = infer_shapes(graph, around);
  for (const Node& node : graph.nodes) {
    TRY(check_node(node, opset, facts));
    for (const auto& [key, value] : node.attributes) {
      const auto* inner = std::get_if<std::unique_ptr<Graph>>(&value);
      if (inner != nullptr) TRY(check_graph(**inner, opset, facts));
    }
  }
  return {};
}

}  // namespace

std::int64_t ir_version_of(std::int64_t opset) {
  if (opset < 12) return 6;
  if (opset < 15) return 7;
  if (opset < 19) return 8;
  return opset < 21 ? 9 : 10;
}

Status convert_opset(Model& model, std::int64_t target) {
  if (target < kLowestOpset || target > kHighestOpset) {
    return invalid_argument(
        fmt::format("opset {} cannot be written; {} to {} can", target, kLowestOpset, kHighestOpset));
  }
  const std::int64_t source = model.opset();
  if (source < 7) {
    return invalid_argument(fmt::format("the model is of opset {}; those of 7 and later are converted", source));
  }
  for (std::int64_t at = source; at != target;) {
    const bool upward = at < target;
    const Crossing crossing{upward ? at + 1 : at, upward};
    TRY(cross_graph(model.graph, crossing, {}, value_names(model.graph)));
    at += upward ? 1 : -1;
  }
  model.opsets[""] = target;
  model.ir_version = ir_version_of(target);
  TRY(check_graph(model.graph, target, {}));
  const Status sound = verify(model);
  return sound ? Status() : fail(sound.error().with_context(fmt::format("after writing it at opset {}", target)));
}

}  // namespace tandem::graph
