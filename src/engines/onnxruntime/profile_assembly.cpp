// SPDX-License-Identifier: Apache-2.0
// Calls go to their runs, and nodes get the names of their values and their attributes.
#include "engines/onnxruntime/profile_assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tandem::onnxruntime {
namespace {

using std::chrono::microseconds;

/// Which node of the graph an executed one is. Names repeat and may be missing: the profiler then says "Conv_17", with
/// the number that ONNX Runtime counts nodes by. Those of equal name and operator are taken in that order.
class NodeMatcher final {
 public:
  NodeMatcher(const ProfileEvents& events, const ExecutedGraph& graph) : found_(events.nodes.size(), nullptr) {
    std::map<Key, std::vector<const ExecutedNode*>> in_graph;
    for (const ExecutedNode& node : graph.nodes) in_graph[{node.name, node.op}].push_back(&node);
    std::map<Key, std::vector<std::size_t>> that_ran;
    for (std::size_t i = 0; i < events.nodes.size(); ++i) {
      const EventNode& node = events.nodes[i];
      const bool unnamed =
          !in_graph.contains({node.name, node.op}) && node.name == fmt::format("{}_{}", node.op, node.index);
      that_ran[{unnamed ? "" : node.name, node.op}].push_back(i);
    }
    for (auto& [key, indices] : that_ran) {
      const auto nodes = in_graph.find(key);
      if (nodes == in_graph.end()) continue;
      std::ranges::stable_sort(indices, {}, [&](std::size_t i) { return events.nodes[i].index; });
      const std::size_t count = std::min(indices.size(), nodes->second.size());
      for (std::size_t i = 0; i < count; ++i) found_[indices[i]] = nodes->second[i];
    }
  }

  /// Null when the graph has none.
  const ExecutedNode* find(std::size_t event_node) const { return found_[event_node]; }

 private:
  using Key = std::pair<std::string, std::string>;

  std::vector<const ExecutedNode*> found_;
};

bool same_type_and_shape(const ProfiledValue& one, const ProfiledValue& other) {
  return one.dtype == other.dtype && one.shape == other.shape;
}

/// What the profiler saw of a node's inputs, with the names that the graph has. It does not see weights that were put
/// into another order when the model was loaded: those are described by the graph alone.
std::vector<ProfiledValue> name_inputs(const EventNode& seen, const ExecutedNode& node, const ExecutedGraph& graph) {
  std::vector<ProfiledValue> given;
  for (const std::string& name : node.inputs) {
    if (name.empty()) continue;
    const auto constant = graph.constants.find(name);
    given.push_back(constant != graph.constants.end() ? constant->second : ProfiledValue{name});
  }
  const bool saw_all = seen.inputs.size() == given.size();
  std::vector<ProfiledValue> described = given;
  std::size_t next = 0;
  for (ProfiledValue& value : described) {
    if (next == seen.inputs.size()) break;
    if (value.constant && !saw_all && !same_type_and_shape(value, seen.inputs[next])) continue;
    value.dtype = seen.inputs[next].dtype;
    value.shape = seen.inputs[next].shape;
    ++next;
  }
  return next == seen.inputs.size() ? described : given;
}

std::vector<ProfiledValue> name_outputs(const EventNode& seen, const ExecutedNode& node) {
  std::vector<ProfiledValue> made = seen.outputs;
  std::vector<std::string> names;
  std::ranges::copy_if(node.outputs, std::back_inserter(names), [](const std::string& name) { return !name.empty(); });
  if (made.empty()) made.resize(names.size());
  if (made.size() != names.size()) return made;
  for (std::size_t i = 0; i < made.size(); ++i) made[i].name = std::move(names[i]);
  return made;
}

/// ONNX Runtime names nodes that it makes after something in the file: in the blocked layout after the value that they
/// make there ("VALUE_nchwc", nchwc_transformer.cc), else often after the node ("NODE_token_17",
/// Graph::GenerateNodeName).
std::string name_in_file(const std::string& name) {
  constexpr std::string_view kBlocked = "_nchwc";
  constexpr std::string_view kToken = "_token_";
  if (name.ends_with(kBlocked)) return name.substr(0, name.size() - kBlocked.size());
  const std::size_t token = name.rfind(kToken);
  if (token == std::string::npos || token + kToken.size() == name.size()) return "";
  const bool counted = name.find_first_not_of("0123456789", token + kToken.size()) == std::string::npos;
  return counted ? name.substr(0, token) : "";
}

ProfiledNode describe_node(const EventNode& seen, const ExecutedNode* node, const ExecutedGraph& graph) {
  ProfiledNode described;
  described.name = seen.name;
  described.op = seen.op;
  described.kernel = seen.provider;
  described.inputs = seen.inputs;
  described.outputs = seen.outputs;
  if (node == nullptr) return described;
  described.domain = node->domain;
  described.integers = node->integers;
  described.texts = node->texts;
  described.inputs = name_inputs(seen, *node, graph);
  described.outputs = name_outputs(seen, *node);
  std::string origin = name_in_file(node->name);
  if (!origin.empty()) described.stands_for.push_back(std::move(origin));
  return described;
}

/// Takes one run's calls, which stand in the order of their starts.
class CallSorter final {
 public:
  CallSorter(const ProfileEvents& events, std::vector<ProfiledNode>& nodes) : events_(events), nodes_(nodes) {}

  void begin_run(std::size_t run, std::uint64_t start_us) {
    run_ = run;
    start_us_ = start_us;
    open_.clear();
  }

  void add(const TimedEvent& event) {
    while (!open_.empty() && event.start_us >= open_.back().end_us) open_.pop_back();
    if (!open_.empty()) caller().inside += microseconds(event.duration_us);
    std::vector<NodeCall>& calls = nodes_[event.node].calls;
    calls.push_back({run_, microseconds(event.start_us - start_us_), microseconds(event.duration_us), {}});
    if (!calls_nodes(events_.nodes[event.node].op)) return;
    open_.push_back({event.node, calls.size() - 1, event.start_us + event.duration_us});
  }

 private:
  struct Open {
    std::size_t node = 0;
    std::size_t call = 0;
    std::uint64_t end_us = 0;
  };
  NodeCall& caller() { return nodes_[open_.back().node].calls[open_.back().call]; }

  const ProfileEvents& events_;
  std::vector<ProfiledNode>& nodes_;
  std::size_t run_ = 0;
  std::uint64_t start_us_ = 0;
  std::vector<Open> open_;  // nodes that have not ended yet and call others
};

}  // namespace

Result<ExecutionProfile> assemble_profile(const ProfileEvents& events, const ExecutedGraph& graph,
                                          std::size_t warmup_runs) {
  const NodeMatcher matcher(events, graph);
  std::vector<ProfiledNode> nodes;
  for (std::size_t i = 0; i < events.nodes.size(); ++i) {
    nodes.push_back(describe_node(events.nodes[i], matcher.find(i), graph));
  }
  ExecutionProfile profile;
  profile.resolution = microseconds(1);
  CallSorter sorter(events, nodes);
  std::vector<std::size_t> order;  // of first calls
  std::size_t seen_runs = 0;
  std::uint64_t origin_us = 0;
  std::uint64_t end_us = 0;  // of the run that goes on
  for (const TimedEvent& event : events.events) {
    if (event.node == kWholeRun) {
      if (++seen_runs <= warmup_runs) continue;
      if (profile.runs.empty()) origin_us = event.start_us;
      end_us = event.start_us + event.duration_us;
      sorter.begin_run(profile.runs.size(), event.start_us);
      profile.runs.push_back({microseconds(event.start_us - origin_us), microseconds(event.duration_us)});
    } else if (!profile.runs.empty() && event.start_us <= end_us) {  // ONNX Runtime may have dropped a run's end
      if (nodes[event.node].calls.empty()) order.push_back(event.node);
      sorter.add(event);
    }
  }
  if (profile.runs.empty()) {
    return internal_error(fmt::format("ONNX Runtime's profiler reported {} runs, of which {} warmed up: none is left",
                                      seen_runs, warmup_runs));
  }
  for (const std::size_t index : order) profile.nodes.push_back(std::move(nodes[index]));
  return profile;
}

}  // namespace tandem::onnxruntime
