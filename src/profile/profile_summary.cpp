// SPDX-License-Identifier: Apache-2.0
// Means over the quicker half of the runs: what disturbed a run does not count, and sums stay sums.
#include "profile/profile_summary.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "profile/operator_cost.h"

namespace tandem::profile {
namespace {

double to_ms(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::size_t half_of(std::size_t count) { return std::max<std::size_t>(1, (count + 1) / 2); }

/// Which runs are the quicker half.
std::vector<bool> find_quiet_runs(const std::vector<ProfiledRun>& runs) {
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t run) { return runs[run].duration; });
  std::vector<bool> quiet(runs.size(), false);
  for (std::size_t i = 0; i < order.size() && i < half_of(runs.size()); ++i) quiet[order[i]] = true;
  return quiet;
}

void add_load(Load& sum, const Load& load) {
  sum.ms += load.ms;
  if (load.flops) {
    sum.flops = sum.flops.value_or(0) + *load.flops;
    sum.flops_ms += load.ms;
  }
  if (load.bytes) {
    sum.bytes = sum.bytes.value_or(0) + *load.bytes;
    sum.bytes_ms += load.ms;
  }
}

NodeRow summarize_node(const ProfiledNode& node, const std::vector<bool>& quiet, std::size_t quiet_runs) {
  std::vector<double> by_run(quiet.size(), 0.0);
  std::size_t quiet_calls = 0;
  for (const NodeCall& call : node.calls) {
    by_run[call.run] += to_ms(std::max(call.duration - call.inside, std::chrono::nanoseconds(0)));
    if (quiet[call.run]) ++quiet_calls;
  }
  NodeRow row;
  row.label = operator_label(node);
  for (std::size_t run = 0; run < by_run.size(); ++run) {
    if (quiet[run]) row.load.ms += by_run[run] / static_cast<double>(quiet_runs);
  }
  std::ranges::sort(by_run);
  row.min_ms = by_run.front();
  row.p50_ms = by_run[by_run.size() / 2];
  row.calls = static_cast<double>(quiet_calls) / static_cast<double>(quiet_runs);
  const OperatorCost cost = cost_of(node);
  if (cost.flops) row.load.flops = *cost.flops * row.calls;
  if (cost.bytes) row.load.bytes = *cost.bytes * row.calls;
  row.load.flops_ms = cost.flops ? row.load.ms : 0;
  row.load.bytes_ms = cost.bytes ? row.load.ms : 0;
  return row;
}

std::vector<OperatorRow> group_by_operator(const ExecutionProfile& profile, const std::vector<NodeRow>& nodes) {
  std::map<std::string, OperatorRow, std::less<>> groups;
  for (const NodeRow& node : nodes) {
    OperatorRow& group = groups[node.label];
    const std::string& kernel = profile.nodes[node.node].kernel;
    if (group.nodes == 0) group.kernel = kernel;
    if (group.kernel != kernel) group.kernel = "several";
    group.label = node.label;
    ++group.nodes;
    if (!node.load.flops) ++group.uncounted;
    group.share += node.share;
    add_load(group.load, node.load);
  }
  std::vector<OperatorRow> rows;
  for (auto& [label, row] : groups) rows.push_back(std::move(row));
  std::ranges::stable_sort(rows, std::greater<>(), [](const OperatorRow& row) { return row.load.ms; });
  return rows;
}

std::optional<double> per_second(const std::optional<double>& amount, double ms) {
  if (!amount || ms <= 0) return std::nullopt;
  return *amount / ms * 1e3;
}

}  // namespace

double quiet_mean(std::vector<double> samples_ms) {
  std::ranges::sort(samples_ms);
  const std::size_t count = half_of(samples_ms.size());
  return std::accumulate(samples_ms.begin(), samples_ms.begin() + static_cast<std::ptrdiff_t>(count), 0.0) /
         static_cast<double>(count);
}

std::optional<double> flops_per_second(const Load& load) { return per_second(load.flops, load.flops_ms); }
std::optional<double> bytes_per_second(const Load& load) { return per_second(load.bytes, load.bytes_ms); }

std::optional<Placement> place_under_roof(const Load& load, const MachinePeak& peak) {
  const auto reached = flops_per_second(load);
  if (!reached || *reached <= 0 || !load.bytes || *load.bytes <= 0) return std::nullopt;
  Placement placed;
  placed.flops_per_byte = *load.flops / *load.bytes;
  const double by_memory = placed.flops_per_byte * peak.bytes_per_second;
  placed.memory_bound = by_memory < peak.flops_per_second;
  placed.attainable = std::min(by_memory, peak.flops_per_second);
  placed.reached = placed.attainable > 0 ? *reached / placed.attainable : 0;
  return placed;
}

ProfileSummary summarize_profile(const ExecutionProfile& profile) {
  ProfileSummary summary;
  summary.runs = profile.runs.size();
  if (profile.runs.empty()) return summary;
  const std::vector<bool> quiet = find_quiet_runs(profile.runs);
  summary.quiet_runs = half_of(profile.runs.size());
  for (std::size_t run = 0; run < profile.runs.size(); ++run) {
    if (quiet[run]) summary.run_ms += to_ms(profile.runs[run].duration) / static_cast<double>(summary.quiet_runs);
  }
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    NodeRow row = summarize_node(profile.nodes[i], quiet, summary.quiet_runs);
    row.node = i;
    row.share = summary.run_ms > 0 ? row.load.ms / summary.run_ms : 0;
    add_load(summary.total, row.load);
    summary.nodes.push_back(std::move(row));
  }
  summary.in_nodes_ms = summary.total.ms;
  std::ranges::stable_sort(summary.nodes, std::greater<>(), [](const NodeRow& row) { return row.load.ms; });
  summary.operators = group_by_operator(profile, summary.nodes);
  return summary;
}

}  // namespace tandem::profile
