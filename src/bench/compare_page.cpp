// SPDX-License-Identifier: Apache-2.0
// Puts the page together; every text that is not ours is escaped.
#include "bench/compare_page.h"

#include <fmt/format.h>

#include "bench/compare_charts.h"
#include "bench/statistics.h"
#include "page/chart.h"
#include "page/page.h"

namespace tandem::bench {
namespace {

constexpr std::string_view kComparisonStyle = R"css(
svg .thick { stroke-width: 4; stroke-linecap: round; }
svg .band { fill: var(--soft); fill-opacity: 0.18; } svg .band.wide { fill-opacity: 0.1; }
.warning { border-left: 4px solid #ea8a2e; padding: 6px 12px; margin: 12px 0; background: var(--card); }
)css";

std::string text_cell(std::string_view text) { return fmt::format(R"(<td class="name">{}</td>)", escape_html(text)); }

std::string time_cell(const std::optional<double>& ms) {
  return ms ? fmt::format(R"(<td data-value="{}">{}</td>)", *ms, page_time(*ms)) : R"(<td data-value="-1">n/a</td>)";
}

std::string size_cell(std::uint64_t bytes) {
  if (bytes == 0) return R"(<td data-value="-1">n/a</td>)";
  return fmt::format(R"(<td data-value="{}">{:.1f} MB</td>)", bytes, static_cast<double>(bytes) / 1e6);
}

std::string share_cell(const std::optional<double>& share) {
  if (!share) return "<td data-value=\"-1\">n/a</td>";
  return fmt::format(R"(<td data-value="{}">{:.2f} %</td>)", *share, 100 * *share);
}

std::string name_cell(const CompareReport& report, std::size_t index) {
  return fmt::format(R"(<td class="name"><i class="dot {}"></i>{}</td>)", series_color(index),
                     escape_html(report.comparison.contenders[index].name));
}

std::string table_of(std::string_view heads, const std::string& rows) {
  return fmt::format("<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>", heads,
                     rows);
}

std::string times_rows(const CompareReport& report) {
  std::string rows;
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    const std::vector<double>& samples_ms = report.comparison.contenders[i].samples_ms;
    if (samples_ms.empty()) continue;
    const Summary summary = summarize(samples_ms);
    rows += fmt::format("<tr>{}{}{}<td>{}</td>{}{}{}{}</tr>", name_cell(report, i), time_cell(summary.mean_ms),
                        time_cell(summary.mean_ms * static_cast<double>(summary.count)), summary.count,
                        time_cell(summary.min_ms), time_cell(summary.p50_ms), time_cell(summary.p95_ms),
                        time_cell(summary.p99_ms));
  }
  return table_of(
      "<th class=\"text\">contender</th><th>average</th><th>total</th><th>iterations</th><th>min</th><th>p50</th>"
      "<th>p95</th><th>p99</th>",
      rows);
}

std::string answers_rows(const CompareReport& report) {
  std::string rows;
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    const ContenderResult& result = report.comparison.contenders[i];
    const Agreement& agreement = result.agreement;
    rows += fmt::format("<tr>{}{}<td>{:.3g}</td><td>{:.3g}</td><td>{:.7f}</td>{}{}{}</tr>", name_cell(report, i),
                        text_cell(answer_verdict(report, i)), agreement.max_absolute, agreement.max_relative,
                        agreement.min_cosine, share_cell(agreement.top1()), share_cell(result.masks.mean_dice()),
                        text_cell(result.failure ? result.failure->message : agreement.reason));
  }
  return table_of(
      "<th class=\"text\">contender</th><th class=\"text\">answers</th><th>largest difference</th><th>of the largest "
      "value</th><th>cosine</th><th>same class</th><th>Dice</th><th class=\"text\">why</th>",
      rows);
}

std::string costs_rows(const CompareReport& report) {
  std::string rows;
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const ComparedModel& model = report.models[i];
    const MemoryUse use = model.memory.value_or(MemoryUse{});
    rows += fmt::format("<tr>{}{}{}{}{}{}{}{}</tr>", name_cell(report, i), text_cell(model.engine),
                        text_cell(model.options), time_cell(model.load_ms),
                        time_cell(report.comparison.contenders[i].first_run_ms),
                        size_cell(use.after_load_bytes - std::min(use.before_load_bytes, use.after_load_bytes)),
                        size_cell(use.peak_bytes), size_cell(model.file_bytes));
  }
  return table_of(
      "<th class=\"text\">contender</th><th class=\"text\">engine</th><th class=\"text\">what was chosen</th>"
      "<th>load</th><th>first run</th><th>memory of loading</th><th>most memory</th><th>file</th>",
      rows);
}

std::string conditions(const CompareReport& report) {
  std::string rows;
  for (const MachineFact& fact : report.machine_facts) {
    rows += fmt::format("<tr>{}{}</tr>", text_cell(fact.name), text_cell(fact.value));
  }
  std::string html =
      fmt::format("<h2>Conditions</h2><p>{}</p><p>{}</p>", escape_html(report.inputs), escape_html(report.conditions));
  if (!report.disturbance.empty()) html += fmt::format("<p>Meanwhile {}.</p>", escape_html(report.disturbance));
  if (rows.empty()) return html;
  return html + table_of("<th class=\"text\">of the machine</th><th class=\"text\"></th>", rows);
}

std::string section(std::string_view title, const std::string& content, std::string_view note) {
  if (content.empty()) return "";
  return fmt::format("<h2>{}</h2>{}<p class=\"note\">{}</p>", title, content, note);
}

std::string with_legend(const std::string& legend, const std::string& picture) {
  return picture.empty() ? picture : legend + picture;
}

std::vector<std::string> names_of(const CompareReport& report) {
  std::vector<std::string> names;
  for (const ContenderResult& result : report.comparison.contenders) names.push_back(result.name);
  return names;
}

}  // namespace

std::string report_as_page(const CompareReport& report) {
  const Comparison& comparison = report.comparison;
  std::string html =
      fmt::format("<h1>{}</h1><p>{} rounds, {:.3g} s; {}</p>", escape_html(recommend(report)), comparison.rounds,
                  std::chrono::duration<double>(comparison.measured).count(), describe_processes(report.processes));
  for (const std::string& warning : report.warnings) {
    html += fmt::format("<p class=\"warning\">{}</p>", escape_html(warning));
  }
  html += "<h2>Answers</h2>" + answers_rows(report);
  html +=
      section("Who takes how many times as long", draw_intervals(report),
              fmt::format("{:.4g} % intervals. Only an interval that lies wholly outside of the bands has a winner: "
                          "the inner one is the margin, the outer one what this machine makes of no difference.",
                          100 * comparison.confidence));
  const std::string legend = make_legend(names_of(report));
  html += section("Times of one run", times_rows(report), "All counted runs. The verdict comes from the ratios alone.");
  html += section("Distributions", with_legend(legend, draw_distributions(report)),
                  "The share of runs that took at most so long.");
  html += section("Rounds", with_legend(legend, draw_rounds(report)),
                  "A point is the median of one block. Grey is the reference once more. What moves all lines is the "
                  "machine.");
  html += "<h2>Load, memory, size</h2>" + costs_rows(report) + conditions(report);
  return make_page({"tandem compare: " + report.inputs, std::move(html), kComparisonStyle});
}

}  // namespace tandem::bench
