// SPDX-License-Identifier: Apache-2.0
// The report for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "profile/operator_cost.h"
#include "profile/profile_report.h"

namespace tandem::profile {
namespace {

constexpr std::size_t kShownPatterns = 12;
constexpr std::size_t kShownOperators = 8;  // of one pattern
constexpr std::size_t kNameColumns = 36;

/// "12.34 ms", "45.6 us"
std::string time_text(double ms) {
  return ms >= 1 || ms == 0 ? fmt::format("{:.4g} ms", ms) : fmt::format("{:.3g} us", ms * 1e3);
}

std::string amount_text(double amount, std::string_view unit) {
  if (amount >= 1e9) return fmt::format("{:.3g} G{}", amount / 1e9, unit);
  if (amount >= 1e6) return fmt::format("{:.3g} M{}", amount / 1e6, unit);
  return fmt::format("{:.3g} k{}", amount / 1e3, unit);
}

std::string nodes_text(std::ptrdiff_t count) { return fmt::format("{} node{}", count, count == 1 ? "" : "s"); }

std::string giga_text(const std::optional<double>& per_second) {
  return per_second ? fmt::format("{:.3g}", *per_second / 1e9) : "?";
}

std::string roof_text(const Load& load, const std::optional<MachinePeak>& peak) {
  const auto placed = peak ? place_under_roof(load, *peak) : std::nullopt;
  if (!placed) return "";
  return fmt::format("{:.0f} % ({})", 100 * placed->reached, placed->memory_bound ? "memory" : "compute");
}

std::string bar_text(double share) {
  std::string bar;
  for (long i = 0; i < std::lround(share * 20); ++i) bar += "█";
  return bar + std::string(20 - std::min<std::size_t>(20, bar.size() / 3), ' ');
}

/// The end of a name says more than its begin. Cuts no UTF-8 sequence; what would move the terminal's cursor is a "?".
std::string shortened(std::string name) {
  std::ranges::replace_if(name, [](char letter) { return (letter >= 0 && letter < ' ') || letter == 0x7F; }, '?');
  if (name.size() <= kNameColumns) return name;
  std::size_t from = name.size() - kNameColumns + 1;
  while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xC0U) == 0x80U) ++from;
  return "…" + name.substr(from);
}

std::string shape_text(const ProfiledNode& node) {
  if (node.outputs.empty() || !node.outputs[0].shape) return "";
  return fmt::format("{}{}", dtype_name(node.outputs[0].dtype), to_string(*node.outputs[0].shape));
}

std::string head(const ProfileReport& report) {
  const ProfileSummary& summary = report.summary;
  const Load& total = summary.total;
  const auto uncounted =
      std::ranges::count_if(summary.nodes, [](const NodeRow& row) { return !row.load.flops.has_value(); });
  std::string text = fmt::format(
      "{}\n{}: {}\n{}; {} warm-up runs, then {} with the profiler and {} without; times are means of the quicker "
      "half\n\n",
      report.model, report.engine, report.profile.session, report.inputs, report.warmup_runs, summary.runs,
      report.plain_runs);
  text += fmt::format("  run        {} without the profiler, {} with it ({:+.1f} %)\n", time_text(report.plain_run_ms),
                      time_text(summary.run_ms), 100 * (summary.run_ms / report.plain_run_ms - 1));
  if (const auto cost_us = profiler_cost_us(report)) {
    text += fmt::format(
        "             the profiler takes about {:.0f} us a node: short nodes are shorter than they look\n", *cost_us);
  }
  text +=
      fmt::format("  in nodes   {} ({:.1f} % of the profiled run), {} between them\n", time_text(summary.in_nodes_ms),
                  100 * summary.in_nodes_ms / summary.run_ms, time_text(summary.run_ms - summary.in_nodes_ms));
  text += fmt::format("  work       {} and {} a run: {} GFLOP/s, {} GB/s where they are known",
                      amount_text(total.flops.value_or(0), "FLOP"), amount_text(total.bytes.value_or(0), "B"),
                      giga_text(flops_per_second(total)), giga_text(bytes_per_second(total)));
  if (uncounted > 0) text += fmt::format("; the operations of {} are not known", nodes_text(uncounted));
  text += "\n";
  text += fmt::format("  machine    {}\n", report.peak ? to_string(*report.peak)
                                                       : "not measured: the work was done elsewhere, and a node's time "
                                                         "may be that of handing it over");
  return text;
}

/// Of the column of operators.
std::size_t label_columns(const ProfileReport& report) {
  std::size_t columns = 11;
  for (const OperatorRow& row : report.summary.operators) columns = std::max(columns, shortened(row.label).size());
  return columns;
}

std::string operator_table(const ProfileReport& report) {
  const std::size_t columns = label_columns(report);
  std::string text = fmt::format("\n{:<{}}{:>6}{:>11}{:>8}  {:<20}{:>9}{:>8}  {}\n", "By operator", columns + 2,
                                 "nodes", "time", "share", "", "GFLOP/s", "GB/s", "of the roof (bound by)");
  for (const OperatorRow& row : report.summary.operators) {
    text +=
        fmt::format("  {:<{}}{:>6}{:>11}{:>6.1f} %  {}{:>9}{:>8}  {}\n", shortened(row.label), columns, row.nodes,
                    time_text(row.load.ms), 100 * row.share, bar_text(row.share), giga_text(flops_per_second(row.load)),
                    giga_text(bytes_per_second(row.load)), roof_text(row.load, report.peak));
  }
  return text;
}

std::string node_table(const ProfileReport& report, std::size_t top) {
  const std::vector<NodeRow>& rows = report.summary.nodes;
  const std::size_t count = std::min(top, rows.size());
  const std::size_t columns = label_columns(report);
  std::string text =
      fmt::format("\n{:<11}{:>8}  {:<{}}{:<38}{:<24}{:>8}{:>8}  {}\n", fmt::format("Top {}/{}", count, rows.size()),
                  "share", "operator", columns + 2, "node", "output", "GFLOP/s", "GB/s", "of the roof (bound by)");
  for (std::size_t i = 0; i < count; ++i) {
    const NodeRow& row = rows[i];
    const ProfiledNode& node = report.profile.nodes[row.node];
    const std::string& name =
        report.fates.names.empty() || report.fates.names[row.node].empty() ? node.name : report.fates.names[row.node];
    text += fmt::format("{:>11}{:>6.1f} %  {:<{}}{:<38}{:<24}{:>8}{:>8}  {}\n", time_text(row.load.ms), 100 * row.share,
                        shortened(row.label), columns + 2, shortened(name), shape_text(node),
                        giga_text(flops_per_second(row.load)), giga_text(bytes_per_second(row.load)),
                        roof_text(row.load, report.peak));
  }
  return text;
}

std::string fate_text(const ProfileReport& report) {
  if (!report.fates.known) return "\nThe engine does not say which of the file's nodes it fused.\n";
  std::map<Fate, std::size_t> counts;
  for (const NodeFate& fate : report.fates.fates) ++counts[fate.fate];
  std::string text = fmt::format(
      "\nOf the file's {} nodes {} ran as they are, {} were fused into others, {} computed at load, {} removed, {} "
      "went "
      "where the names do not say; the engine added {}.\n",
      report.fates.fates.size(), counts[Fate::kRan], counts[Fate::kFused], counts[Fate::kFolded],
      counts[Fate::kRemoved], counts[Fate::kUnknown], report.fates.added.size());
  const std::vector<FusionPattern> fusions = find_fusions(report);
  for (std::size_t i = 0; i < std::min(kShownPatterns, fusions.size()); ++i) {
    text += fmt::format("  {:>4} x  {} -> {}, {}\n", fusions[i].count, fusions[i].from, fusions[i].into,
                        time_text(fusions[i].ms));
  }
  if (fusions.size() > kShownPatterns) text += fmt::format("  and {} more kinds\n", fusions.size() - kShownPatterns);
  return text;
}

std::string left_over_text(const ProfileReport& report) {
  if (report.left_overs.empty()) return "";
  std::string text = "\nLeft over\n";
  for (const LeftOver& found : report.left_overs) {
    const std::string pair = found.first.empty() ? found.second : fmt::format("{} -> {}", found.first, found.second);
    text += fmt::format("  {}, {} ({:.1f} %): {}: {}\n", nodes_text(static_cast<std::ptrdiff_t>(found.nodes.size())),
                        time_text(found.ms), 100 * found.ms / report.summary.run_ms, pair, found.advice);
  }
  return text;
}

/// "2 DequantizeLinear + Conv + Relu"
std::string join_operators(const std::vector<std::string>& operators) {
  std::string text;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < operators.size(); ++shown) {
    std::size_t same = i + 1;
    while (same < operators.size() && operators[same] == operators[i]) ++same;
    if (shown == kShownOperators) return text + fmt::format(" + {} more", operators.size() - i);
    text += (i > 0 ? " + " : "") + (same - i > 1 ? fmt::format("{} ", same - i) : "") + operators[i];
    i = same;
  }
  return text;
}

}  // namespace

std::vector<FusionPattern> find_fusions(const ProfileReport& report) {
  std::map<std::size_t, std::vector<std::string>> parts;  // by node of the profile: operators of the file
  for (const NodeFate& fate : report.fates.fates) {
    for (const std::size_t executed : fate.executed)
      parts[executed].push_back(report.fates.file_nodes[fate.file_node].op);
  }
  std::map<std::size_t, double> ms;
  for (const NodeRow& row : report.summary.nodes) ms[row.node] = row.load.ms;
  std::map<std::pair<std::string, std::string>, FusionPattern> patterns;
  for (const auto& [executed, operators] : parts) {
    const ProfiledNode& node = report.profile.nodes[executed];
    if (operators.size() < 2 && operators[0] == node.op) continue;
    const std::string from = join_operators(operators);
    FusionPattern& pattern = patterns[{from, operator_label(node)}];
    pattern.from = from;
    pattern.into = operator_label(node);
    ++pattern.count;
    pattern.ms += ms[executed];
  }
  std::vector<FusionPattern> all;
  for (auto& [key, pattern] : patterns) all.push_back(std::move(pattern));
  std::ranges::stable_sort(all, std::greater<>(), &FusionPattern::ms);
  return all;
}

std::optional<double> profiler_cost_us(const ProfileReport& report) {
  double calls = 0;
  for (const NodeRow& row : report.summary.nodes) calls += row.calls;
  const double added_ms = report.summary.run_ms - report.plain_run_ms;
  if (calls <= 0 || added_ms < report.plain_run_ms / 10) return std::nullopt;
  return added_ms * 1e3 / calls;
}

std::string report_as_text(const ProfileReport& report, const TextOptions& options) {
  std::string text = head(report);
  if (options.tables != Tables::kNodes) text += operator_table(report);
  if (options.tables != Tables::kOperators) text += node_table(report, options.top);
  text += fate_text(report) + left_over_text(report);
  const auto resolution = std::chrono::duration<double, std::micro>(report.profile.resolution).count();
  if (resolution >= 1) {
    text += fmt::format(
        "\nThe engine's clock counts whole steps of {:.3g} us and cuts the rest off: each node may take up to "
        "that much longer.",
        resolution);
  }
  return text + fmt::format("\n{}\n", report.machine);
}

}  // namespace tandem::profile
