// SPDX-License-Identifier: Apache-2.0
// The page: every text is escaped, nothing comes from outside, the plot is inline SVG.
#include <fmt/format.h>

#include <algorithm>

#include "page/chart.h"
#include "page/page.h"
#include "tune/tune_report.h"

namespace tandem::tune {
namespace {

constexpr std::string_view kTuneStyle = R"css(
.answer { background: var(--card); border-left: 4px solid #25a477; border-radius: 8px; padding: 12px 16px; margin: 16px 0; font-size: 16px; }
tr.chosen td { font-weight: 700; }
tr.out td { color: var(--soft); }
td.text { white-space: normal; overflow-wrap: anywhere; }
svg .front { fill: none; stroke: #3b82f6; stroke-width: 1.5; stroke-dasharray: 4 3; }
svg circle { fill: #3b82f6; fill-opacity: 0.6; }
svg circle.out { fill: #7d8799; }
svg circle.chosen { fill: #25a477; fill-opacity: 1; }
svg text.chosen { fill: var(--ink); font-weight: 700; }
)css";

constexpr double kPlotWidth = 860;
constexpr double kPlotHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 840;
constexpr double kTop = 16;
constexpr double kBottom = 370;

/// A circle, and for those between which one may choose their name beside it.
std::string draw_candidate(const TuneReport& report, std::size_t index, const ChartPoint& at) {
  const CandidateResult& one = report.result.candidates[index];
  const bool chosen = index == report.result.chosen.value_or(0);
  const char* kind = chosen ? "chosen" : (one.left_out.empty() ? "may" : "out");
  std::string svg = fmt::format(
      R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}: {:.5g} items/s, p95 {:.4g} ms</title></circle>)",
      kind, at.x, at.y, chosen ? 7 : 5, escape_html(one.candidate.name()), one.items_per_second, one.p95_ms);
  if (!chosen && !one.on_front) return svg;
  const bool right = at.x < (kLeft + kRight) / 2;
  return svg + fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", kind,
                           right ? at.x + 2 : at.x - 2, at.y + (chosen ? -8 : 18), right ? "start" : "end",
                           escape_html(one.candidate.name()));
}

std::string draw_plot(const TuneReport& report) {
  const auto& candidates = report.result.candidates;
  std::vector<std::size_t> shown;
  std::vector<double> times, rates;
  for (const std::size_t i : report.result.ranking) {
    if (candidates[i].p95_ms <= 0 || candidates[i].items_per_second <= 0) continue;
    shown.push_back(i);
    times.push_back(candidates[i].p95_ms);
    rates.push_back(candidates[i].items_per_second);
  }
  if (shown.empty()) return "";
  constexpr double kRoom = 1.15;
  const auto [soonest, latest] = std::ranges::minmax(times);
  const auto [least, most] = std::ranges::minmax(rates);
  const ChartFrame frame{log_axis(soonest / kRoom, latest * kRoom, kLeft, kRight),
                         log_axis(least / kRoom, most * kRoom, kBottom, kTop), "p95 of a run, ms (less is better)",
                         "items/s (more is better)"};
  const auto place = [&](std::size_t i) {
    return ChartPoint{frame.x.place(candidates[i].p95_ms), frame.y.place(candidates[i].items_per_second)};
  };
  std::vector<std::size_t> front;
  std::ranges::copy_if(shown, std::back_inserter(front), [&](std::size_t i) { return candidates[i].on_front; });
  std::ranges::sort(front, {}, [&](std::size_t i) { return candidates[i].p95_ms; });
  std::string line;
  for (const std::size_t i : front) line += fmt::format("{:.1f},{:.1f} ", place(i).x, place(i).y);
  std::string svg = draw_frame(frame) + fmt::format(R"(<polyline class="front" points="{}"/>)", line);
  for (const std::size_t i : shown) svg += draw_candidate(report, i, place(i));
  return make_picture(kPlotWidth, kPlotHeight, "items a second against time of a run", svg);
}

std::string page_table(const TuneReport& report) {
  std::string html =
      "<div class=\"scroll\"><table><thead><tr><th class=\"text\">plan</th><th>items/s</th><th>p50 ms</th><th>p95 "
      "ms</th><th>memory</th><th>rounds</th><th class=\"text\">times as fast</th><th "
      "class=\"text\">answers</th></tr></thead><tbody>";
  for (const std::size_t i : report.result.ranking) {
    const CandidateResult& one = report.result.candidates[i];
    const bool chosen = i == report.result.chosen.value_or(0);
    html += fmt::format(
        "<tr class=\"{}\"><td class=\"text\">{}</td><td>{:.5g}</td><td>{:.4g}</td><td>{:.4g}</td>"
        "<td>{}</td><td>{}</td><td class=\"text\">{}{}</td><td class=\"text\">{}</td></tr>",
        chosen ? "chosen" : (one.left_out.empty() ? "" : "out"), escape_html(one.candidate.name()),
        one.items_per_second, one.p50_ms, one.p95_ms,
        one.memory_bytes ? fmt::format("{:.0f} MB", static_cast<double>(*one.memory_bytes) / 1e6) : "-", one.rounds,
        escape_html(gain_text(report, i)), one.left_out.empty() ? "" : escape_html("; may not win: " + one.left_out),
        escape_html(one.answers));
  }
  for (const CandidateResult& one : report.result.candidates) {
    if (one.rounds > 0) continue;
    html += fmt::format(
        "<tr class=\"out\"><td class=\"text\">{}</td><td colspan=\"5\"></td><td class=\"text\" "
        "colspan=\"2\">left out: {}</td></tr>",
        escape_html(one.candidate.name()), escape_html(one.left_out));
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string tune_as_page(const TuneReport& report) {
  std::string notes;
  for (const std::string& note : report.notes) notes += fmt::format("<p class=\"note\">{}</p>", escape_html(note));
  std::string body = fmt::format(
      "<h1>{}</h1><p>Goal: {}. {} ways to run it were measured in {:.0f} s.</p><p class=\"note\">{}; {}</p>"
      "<div class=\"answer\">{}</div><p>{}</p>{}",
      escape_html(report.model),
      report.goal == Goal::kLatency ? "the shortest run of one item" : "the most items a second",
      report.result.ranking.size(), report.result.spent_s, escape_html(report.machine), escape_html(report.inputs),
      escape_html(recommend_plan(report)), escape_html(report.outcome), notes);
  body += "<h2>Rate against time</h2>" + draw_plot(report) +
          "<p class=\"note\">The line joins those that no other one beats in both. AxB: A runs at a time, B threads "
          "each.</p><h2>All of them</h2>" +
          page_table(report);
  return make_page({report.model + ": tune", std::move(body), kTuneStyle});
}

}  // namespace tandem::tune
