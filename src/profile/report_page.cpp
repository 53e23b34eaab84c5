// SPDX-License-Identifier: Apache-2.0
// Puts the page together. Every text that is not ours is escaped, and the page itself forbids what comes from outside.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "page/page.h"
#include "profile/operator_cost.h"
#include "profile/page_charts.h"
#include "profile/page_parts.h"
#include "profile/profile_report.h"
#include "profile/scope_tree.h"

namespace tandem::profile {
namespace {

constexpr std::size_t kMostNodeRows = 2000;

/// A number with what it is sorted by; "?" where it is not known.
std::string number_cell(const std::optional<double>& value, std::string_view format) {
  if (!value) return R"(<td data-value="-1">?</td>)";
  return fmt::format(R"(<td data-value="{}">{}</td>)", *value, fmt::format(fmt::runtime(format), *value));
}

std::optional<double> giga(const std::optional<double>& value) {
  return value ? std::optional(*value / 1e9) : std::nullopt;
}

std::string share_cells(const ProfileReport& report, const std::string& label, const Load& load) {
  const double share = load.ms / report.summary.run_ms;
  return fmt::format(R"(<td data-value="{}">{}</td><td data-value="{}">{:.1f} %</td>)"
                     R"(<td class="bar" data-value="{}"><i class="{}" style="width:{:.1f}%"></i></td>)",
                     load.ms, page_time(load.ms), share, 100 * share, share, color_class(report, label), 100 * share);
}

std::string speed_cells(const ProfileReport& report, const Load& load) {
  const auto placed = report.peak ? place_under_roof(load, *report.peak) : std::nullopt;
  std::string cells = number_cell(giga(load.flops), "{:.3g}") + number_cell(giga(flops_per_second(load)), "{:.3g}") +
                      number_cell(giga(bytes_per_second(load)), "{:.3g}");
  if (!placed) return cells + R"(<td data-value="-1"></td><td class="text"></td>)";
  return cells + fmt::format(R"(<td data-value="{}">{:.0f} %</td><td class="text">{}</td>)", placed->reached,
                             100 * placed->reached, placed->memory_bound ? "memory" : "compute");
}

std::string page_head(const ProfileReport& report) {
  const ProfileSummary& summary = report.summary;
  std::string html = fmt::format(
      "<h1>{}</h1><p>{}: {}</p><p>{}</p><p class=\"note\">{} warm-up runs, then {} with the "
      "profiler and {} without; times are means of the quicker half. {}</p>",
      escape_html(report.model), escape_html(report.engine), escape_html(report.profile.session),
      escape_html(report.inputs), report.warmup_runs, summary.runs, report.plain_runs, escape_html(report.machine));
  if (const auto cost_us = profiler_cost_us(report)) {
    html += fmt::format(
        "<p class=\"note\">The profiler itself takes about {:.1f} µs a node here: short nodes are shorter "
        "than they look.</p>",
        *cost_us);
  }
  html += "<div class=\"cards\">";
  html += make_card(page_time(report.plain_run_ms), "a run without the profiler");
  html += make_card(page_time(summary.run_ms),
                    fmt::format("with it ({:+.1f} %)", 100 * (summary.run_ms / report.plain_run_ms - 1)));
  html += make_card(fmt::format("{:.1f} %", 100 * summary.in_nodes_ms / summary.run_ms),
                    fmt::format("of that in nodes, {} between them", page_time(summary.run_ms - summary.in_nodes_ms)));
  const auto flops = giga(flops_per_second(summary.total));
  const auto bytes = giga(bytes_per_second(summary.total));
  if (flops) html += make_card(fmt::format("{:.3g} GFLOP/s", *flops), "where the operations are known");
  if (bytes) html += make_card(fmt::format("{:.3g} GB/s", *bytes), "inputs, weights and outputs");
  return html + "</div>";
}

std::string operators_section(const ProfileReport& report) {
  std::string html =
      "<h2>By operator</h2><div class=\"scroll\"><table><thead><tr><th class=\"text\">operator</th><th>nodes</th>"
      "<th>time</th><th>share</th><th></th><th>GFLOP</th><th>GFLOP/s</th><th>GB/s</th><th>of the roof</th>"
      "<th class=\"text\">bound by</th></tr></thead><tbody>";
  for (const OperatorRow& row : report.summary.operators) {
    html += fmt::format(R"(<tr><td class="text"><i class="dot {}"></i>{}</td><td>{}</td>{}{}</tr>)",
                        color_class(report, row.label), escape_html(row.label), row.nodes,
                        share_cells(report, row.label, row.load), speed_cells(report, row.load));
  }
  return html + "</tbody></table></div>";
}

std::string shapes_text(const ProfiledNode& node) {
  std::string text;
  for (const ProfiledValue& value : node.outputs) {
    if (value.shape)
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", dtype_name(value.dtype), to_string(*value.shape));
  }
  return text;
}

std::string nodes_section(const ProfileReport& report) {
  const auto& rows = report.summary.nodes;
  const std::size_t count = std::min(kMostNodeRows, rows.size());
  std::string html = fmt::format(
      "<h2>By node{}</h2><div class=\"scroll\"><table id=\"nodes\"><thead><tr><th class=\"text\">node</th><th "
      "class=\"text\">operator</th>"
      "<th class=\"text\">output</th><th>time</th><th>share</th><th></th><th>GFLOP</th><th>GFLOP/s</th><th>GB/s</th>"
      "<th>of the roof</th><th class=\"text\">bound by</th></tr></thead><tbody>",
      count < rows.size() ? fmt::format(" (the longest {} of {})", count, rows.size()) : "");
  for (std::size_t i = 0; i < count; ++i) {
    const NodeRow& row = rows[i];
    const ProfiledNode& node = report.profile.nodes[row.node];
    const bool in_file = row.node < report.fates.names.size() && !report.fates.names[row.node].empty();
    html += fmt::format(R"(<tr><td class="name" title="{}">{}</td><td class="text"><i class="dot {}"></i>{}</td>)"
                        R"(<td class="text">{}</td>{}{}</tr>)",
                        escape_html(fmt::format("{} ({})", node.name, node.kernel)),
                        escape_html(in_file ? report.fates.names[row.node] : node.name), color_class(report, row.label),
                        escape_html(row.label), escape_html(shapes_text(node)),
                        share_cells(report, row.label, row.load), speed_cells(report, row.load));
  }
  return html + "</tbody></table></div>";
}

std::string fates_section(const ProfileReport& report) {
  if (!report.fates.known) return "";
  std::map<Fate, std::size_t> counts;
  for (const NodeFate& fate : report.fates.fates) ++counts[fate.fate];
  std::string html = fmt::format(
      "<h2>What became of the file's nodes</h2><p>Of {} nodes {} ran as they are, {} were fused into others, {} were "
      "computed "
      "at load, {} removed; {} went where the names do not say. The engine added {}.</p>",
      report.fates.fates.size(), counts[Fate::kRan], counts[Fate::kFused], counts[Fate::kFolded],
      counts[Fate::kRemoved], counts[Fate::kUnknown], report.fates.added.size());
  const std::vector<FusionPattern> fusions = find_fusions(report);
  if (fusions.empty()) return html;
  html +=
      "<div class=\"scroll\"><table><thead><tr><th>count</th><th class=\"text\">in the file</th><th class=\"text\">ran "
      "as</th>"
      "<th>time</th></tr></thead><tbody>";
  for (const FusionPattern& pattern : fusions) {
    html += fmt::format(
        R"(<tr><td>{}</td><td class="name">{}</td><td class="text">{}</td><td data-value="{}">{}</td></tr>)",
        pattern.count, escape_html(pattern.from), escape_html(pattern.into), pattern.ms, page_time(pattern.ms));
  }
  return html + "</tbody></table></div>";
}

std::string left_overs_section(const ProfileReport& report) {
  if (report.left_overs.empty()) return "";
  std::string html =
      "<h2>Left over</h2><div class=\"scroll\"><table><thead><tr><th>nodes</th><th>time</th><th>share</th>"
      "<th class=\"text\">what</th><th class=\"text\">why it could be spared</th></tr></thead><tbody>";
  for (const LeftOver& found : report.left_overs) {
    const std::string pair = found.first.empty() ? found.second : found.first + " → " + found.second;
    html += fmt::format(R"(<tr><td>{}</td><td data-value="{}">{}</td><td data-value="{}">{:.1f} %</td>)"
                        R"(<td class="text">{}</td><td class="name">{}</td></tr>)",
                        found.nodes.size(), found.ms, page_time(found.ms), found.ms,
                        100 * found.ms / report.summary.run_ms, escape_html(pair), escape_html(found.advice));
  }
  return html + "</tbody></table></div>";
}

std::string roofline_section(const ProfileReport& report) {
  const std::string picture = draw_roofline(report);
  if (picture.empty()) return "";
  return fmt::format(
      "<h2>Under this machine's roof</h2>{}<p class=\"note\">A circle is a node, its area its time; above the "
      "slope its data came out of a cache. Measured just before: {}.</p>",
      picture, escape_html(to_string(*report.peak)));
}

}  // namespace

std::string report_as_page(const ProfileReport& report) {
  const Scope root = make_scope_tree(report.profile, report.summary, report.fates.names);
  std::string html = page_head(report);
  html += "<h2>Parts of the network</h2>" + draw_parts(report, root) +
          "<p class=\"note\">As wide as the time they take. Click one to widen it, the first to see all.</p>";
  html += roofline_section(report) + operators_section(report) + left_overs_section(report) + fates_section(report) +
          nodes_section(report);
  return make_page({report.model + ": profile", std::move(html), kPartsStyle, kPartsScript});
}

}  // namespace tandem::profile
