// SPDX-License-Identifier: Apache-2.0
// Hangs every node under the steps of its name.
#include "profile/scope_tree.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "profile/operator_cost.h"

namespace tandem::profile {
namespace {

constexpr std::size_t kMostSteps = 32;  // deeper ones stay together in one

std::vector<std::string> split_path(std::string_view path, char separator) {
  std::vector<std::string> steps;
  while (!path.empty()) {
    const std::size_t end = steps.size() + 1 < kMostSteps ? path.find(separator) : std::string_view::npos;
    const std::string_view step = path.substr(0, end);
    if (!step.empty()) steps.emplace_back(step);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return steps;
}

/// PyTorch's exporter repeats a path in its last part: "/layer1/layer1.0/conv1" says layer1 twice.
std::vector<std::string> without_repetition(std::vector<std::string> steps) {
  for (std::size_t i = steps.size(); i-- > 1;) {
    const std::string prefix = steps[i - 1] + ".";
    if (steps[i].size() > prefix.size() && steps[i].starts_with(prefix)) steps[i].erase(0, prefix.size());
  }
  return steps;
}

Scope& part_of(Scope& scope, const std::string& name) {
  const auto same = [&](const Scope& part) { return part.name == name && !part.row; };
  const auto found = std::ranges::find_if(scope.parts, same);
  if (found != scope.parts.end()) return *found;
  scope.parts.push_back({name, 0, {}, {}});
  return scope.parts.back();
}

/// The steps to each node. Where hardly any name is a path, a node's operator is the step before it.
std::vector<std::vector<std::string>> find_steps(const ExecutionProfile& profile, std::span<const std::string> names) {
  const auto in_file = [&](std::size_t node) { return node < names.size() && !names[node].empty(); };
  bool slashes = false;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    slashes = slashes || (in_file(node) ? names[node] : profile.nodes[node].name).find('/') != std::string::npos;
  }
  std::vector<std::vector<std::string>> all;
  std::vector<std::string> before;  // the part of the last node that the file names: what the engine adds belongs there
  std::size_t paths = 0;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    const std::string& name = in_file(node) ? names[node] : profile.nodes[node].name;
    std::vector<std::string> steps = without_repetition(split_path(name, slashes ? '/' : '.'));
    if (steps.empty()) steps.push_back(profile.nodes[node].op);
    if (steps.size() > 1) ++paths;
    if (in_file(node)) before.assign(steps.begin(), steps.end() - 1);
    if (!in_file(node) && steps.size() == 1) steps.insert(steps.begin(), before.begin(), before.end());
    all.push_back(std::move(steps));
  }
  if (paths * 4 >= all.size()) return all;
  for (std::size_t node = 0; node < all.size(); ++node) {
    const std::string& name = in_file(node) ? names[node] : profile.nodes[node].name;
    all[node] = {operator_label(profile.nodes[node]), name.empty() ? profile.nodes[node].op : name};
  }
  return all;
}

}  // namespace

Scope make_scope_tree(const ExecutionProfile& profile, const ProfileSummary& summary,
                      std::span<const std::string> names) {
  std::vector<std::size_t> row_of(profile.nodes.size());
  for (std::size_t row = 0; row < summary.nodes.size(); ++row) row_of[summary.nodes[row].node] = row;
  const std::vector<std::vector<std::string>> steps = find_steps(profile, names);
  Scope root;
  for (std::size_t node = 0; node < profile.nodes.size(); ++node) {
    const double ms = summary.nodes[row_of[node]].load.ms;
    root.ms += ms;
    Scope* scope = &root;
    for (std::size_t i = 0; i + 1 < steps[node].size(); ++i) {
      scope = &part_of(*scope, steps[node][i]);
      scope->ms += ms;
    }
    scope->parts.push_back({steps[node].back(), ms, row_of[node], {}});
  }
  return root;
}

}  // namespace tandem::profile
