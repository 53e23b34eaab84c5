// SPDX-License-Identifier: Apache-2.0
// Follows the values of the file forward to where they appear in what ran.
#include "profile/node_fates.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tandem::profile {
namespace {

constexpr std::size_t kMostTargets = 8;  // of one node: more say nothing

/// Operators that compute nothing; when they are gone, nobody has to do their work.
bool only_moves(std::string_view op) {
  constexpr std::array<std::string_view, 17> kMovers = {
      "Cast",  "Concat",  "ConstantOfShape", "Dropout", "Expand", "Flatten", "Gather",    "Identity", "Pad",
      "Range", "Reshape", "Shape",           "Size",    "Slice",  "Squeeze", "Transpose", "Unsqueeze"};
  return std::ranges::find(kMovers, op) != kMovers.end();
}

bool is_activation(std::string_view op) {
  constexpr std::array<std::string_view, 7> kActivations = {"Relu",      "Clip",        "Sigmoid",  "Tanh",
                                                            "LeakyRelu", "HardSigmoid", "HardSwish"};
  return std::ranges::find(kActivations, op) != kActivations.end();
}

class NodeFollower final {
 public:
  NodeFollower(const graph::Graph& file, const ExecutionProfile& profile) : file_(file), profile_(profile) {
    for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
      for (const std::string& name : profile.nodes[i].stands_for) {
        makers_[name].push_back(i);
        namesakes_.try_emplace(name, i);
      }
      if (!profile.nodes[i].name.empty()) namesakes_.try_emplace(profile.nodes[i].name, i);
    }
    for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
      for (const ProfiledValue& value : profile.nodes[i].outputs) {
        if (!value.name.empty()) makers_[value.name].push_back(i);
      }
    }
    for (const graph::Initializer& initializer : file.initializers) constants_.insert(initializer.name);
    for (std::size_t i = 0; i < file.nodes.size(); ++i) {
      for (const std::string& input : file.nodes[i].inputs) consumers_[input].push_back(i);
      for (const std::string& output : file.nodes[i].outputs) producers_[output] = i;
    }
  }

  std::vector<NodeFate> follow() {
    const std::size_t count = file_.nodes.size();
    makers_of_.resize(count);
    targets_.resize(count);
    for (std::size_t i = count; i-- > 0;) find_targets(i);
    std::vector<NodeFate> fates(count);
    fates_ = &fates;
    for (std::size_t i = 0; i < count; ++i) {
      fates[i].file_node = i;
      decide(i, fates[i]);
    }
    return fates;
  }

 private:
  /// The node that makes the value: one of the same operator, else one that the engine says stands for it.
  std::optional<std::size_t> find_maker(const std::string& value, const std::string& op) const {
    const auto found = makers_.find(value);
    if (value.empty() || found == makers_.end()) return std::nullopt;
    for (const std::size_t maker : found->second) {
      if (profile_.nodes[maker].op == op) return maker;
    }
    return before_layout(found->second.front());
  }

  /// Who computed what a change of layout only moves.
  std::size_t before_layout(std::size_t executed) const {
    while (true) {
      const ProfiledNode& node = profile_.nodes[executed];
      const bool moves = node.op.starts_with("Reorder") || node.op == "Transpose";
      const auto found = moves && !node.inputs.empty() ? makers_.find(node.inputs[0].name) : makers_.end();
      if (found == makers_.end() || found->second.front() >= executed) return executed;
      executed = found->second.front();
    }
  }

  /// The node that the engine names after this one, when its operator is in the name of that one's.
  std::optional<std::size_t> find_namesake(const graph::Node& node) const {
    const auto found = node.name.empty() ? namesakes_.end() : namesakes_.find(node.name);
    if (found == namesakes_.end()) return std::nullopt;
    const bool kin = profile_.nodes[found->second].op.find(node.op_type) != std::string::npos;
    return kin ? std::optional(found->second) : std::nullopt;
  }

  /// Who does the work of a node: who makes its outputs, or else whoever does that of the nodes behind it.
  void find_targets(std::size_t index) {
    const graph::Node& node = file_.nodes[index];
    for (const std::string& output : node.outputs) {
      if (const auto maker = find_maker(output, node.op_type)) {
        makers_of_[index] = maker;
        targets_[index] = {*maker};
        return;
      }
    }
    if (const auto namesake = find_namesake(node)) {
      makers_of_[index] = namesake;
      targets_[index] = {*namesake};
      return;
    }
    for (const std::string& output : node.outputs) {
      const auto found = consumers_.find(output);
      if (output.empty() || found == consumers_.end()) continue;
      for (const std::size_t consumer : found->second) {
        if (consumer > index) targets_[index].insert(targets_[consumer].begin(), targets_[consumer].end());
      }
    }
    while (targets_[index].size() > kMostTargets) targets_[index].erase(std::prev(targets_[index].end()));
  }

  bool is_constant(const graph::Node& node) {
    const bool from_constants = std::ranges::all_of(
        node.inputs, [&](const std::string& input) { return input.empty() || constants_.contains(input); });
    return node.is("Constant") || (from_constants && !node.inputs.empty());
  }

  /// Whether a convolution applies this function, or adds this summand, as it writes; each of them once.
  bool takes_along(std::size_t executed, const graph::Node& node) {
    const ProfiledNode& host = profile_.nodes[executed];
    // Operators on integers write integers; a range that ends at 0 is a Relu.
    const bool quantizes = host.op.starts_with("QLinear");
    if (quantizes && (node.op_type == "QuantizeLinear" || is_activation(node.op_type))) return true;
    if (is_activation(node.op_type)) {
      const auto applied = host.texts.find("activation");
      return applied != host.texts.end() && applied->second == node.op_type && activated_.insert(executed).second;
    }
    if (node.op_type != "Add" && node.op_type != "Sum") return false;
    const auto computed = std::ranges::count_if(host.inputs, [](const ProfiledValue& v) { return !v.constant; });
    return computed > 1 && (host.op == "Conv" || host.op == "FusedConv") && summed_.insert(executed).second;
  }

  /// The node before it that does its work along with its own.
  std::optional<std::size_t> find_host(const graph::Node& node) {
    for (const std::string& input : node.inputs) {
      const auto producer = producers_.find(input);
      if (producer == producers_.end()) continue;
      const NodeFate& before = (*fates_)[producer->second];
      if (before.executed.size() != 1) continue;
      if (takes_along(before.executed[0], node)) return before.executed[0];
    }
    return std::nullopt;
  }

  /// Whether a node that ran has another operator than the node of the file whose value it makes: then it does more.
  bool is_changed(std::size_t executed, const graph::Node& node) const {
    const ProfiledNode& target = profile_.nodes[executed];
    std::vector<std::string> values = target.stands_for;
    for (const ProfiledValue& output : target.outputs) values.push_back(output.name);
    for (const std::string& value : values) {
      const auto producer = producers_.find(value);
      if (producer != producers_.end()) return file_.nodes[producer->second].op_type != target.op;
    }
    return target.op != node.op_type;
  }

  void decide(std::size_t index, NodeFate& fate) {
    const graph::Node& node = file_.nodes[index];
    if (const auto maker = makers_of_[index]) {
      fate.executed = {*maker};
      fate.fate = profile_.nodes[*maker].op == node.op_type ? Fate::kRan : Fate::kFused;
      return;
    }
    const bool constant = is_constant(node);
    if (constant) constants_.insert(node.outputs.begin(), node.outputs.end());
    fate.fate = constant ? Fate::kFolded : only_moves(node.op_type) ? Fate::kRemoved : Fate::kUnknown;
    // Quantized weights are not computed at load but used as they are, by the operator that took their conversion in.
    if (constant && node.op_type != "DequantizeLinear") return;
    if (const auto host = find_host(node)) {
      fate.executed = {*host};
      fate.fate = Fate::kFused;
      return;
    }
    const std::set<std::size_t>& targets = targets_[index];
    const bool changed = !targets.empty() && std::ranges::all_of(targets, [&](std::size_t target) {
      return is_changed(target, node) || profile_.nodes[target].op == node.op_type;
    });
    if (changed && !(only_moves(node.op_type) && targets.size() > 1)) {
      fate.executed.assign(targets.begin(), targets.end());
      fate.fate = Fate::kFused;
    }
  }

  using Index = std::map<std::string, std::vector<std::size_t>, std::less<>>;

  const graph::Graph& file_;
  const ExecutionProfile& profile_;
  Index makers_;                                               // value -> nodes of the profile
  std::map<std::string, std::size_t, std::less<>> namesakes_;  // name of a node of the file -> node of the profile
  Index consumers_;                                            // value -> nodes of the file
  std::map<std::string, std::size_t, std::less<>> producers_;
  std::set<std::string, std::less<>> constants_;
  std::vector<std::optional<std::size_t>> makers_of_;  // by node of the file
  std::vector<std::set<std::size_t>> targets_;         // by node of the file
  std::set<std::size_t> activated_;                    // nodes of the profile whose function has been found in the file
  std::set<std::size_t> summed_;                       // and those whose summand has
  std::vector<NodeFate>* fates_ = nullptr;
};

/// How well the node of the file names the one that ran: the same operator best, one inside its name next.
int kinship(const graph::Node& node, const ProfiledNode& executed) {
  if (node.op_type == executed.op) return 3;
  if (executed.op.find(node.op_type) != std::string::npos) return 2;
  return 1;
}

}  // namespace

std::string_view fate_name(Fate fate) {
  switch (fate) {
    case Fate::kRan: return "ran";
    case Fate::kFused: return "fused";
    case Fate::kFolded: return "folded";
    case Fate::kRemoved: return "removed";
    case Fate::kUnknown: return "unknown";
  }
  return "unknown";
}

FateReport follow_nodes(const graph::Graph& file, const ExecutionProfile& profile) {
  FateReport report;
  report.names.resize(profile.nodes.size());
  report.known = std::ranges::any_of(profile.nodes, [](const ProfiledNode& node) {
    return !node.stands_for.empty() || (!node.outputs.empty() && !node.outputs[0].name.empty());
  });
  for (const graph::Node& node : file.nodes) {
    const bool unnamed = node.name.empty() && !node.outputs.empty();
    report.file_nodes.push_back({node.op_type, unnamed ? node.outputs[0] : node.name});
  }
  if (!report.known) return report;
  report.fates = NodeFollower(file, profile).follow();
  std::vector<int> best(profile.nodes.size(), 0);
  for (const NodeFate& fate : report.fates) {
    const graph::Node& node = file.nodes[fate.file_node];
    for (const std::size_t executed : fate.executed) {
      const int kin = kinship(node, profile.nodes[executed]);
      if (kin < best[executed]) continue;
      best[executed] = kin;
      report.names[executed] = node.name;
    }
  }
  for (std::size_t i = 0; i < best.size(); ++i) {
    if (best[i] == 0) report.added.push_back(i);
  }
  return report;
}

}  // namespace tandem::profile
