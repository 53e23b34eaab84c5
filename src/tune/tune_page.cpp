// SPDX-License-Identifier: Apache-2.0
// The page: every text is escaped, nothing comes from outside, the plot is inline SVG.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tune/tune_report.h"

namespace tandem::tune {
namespace {

constexpr std::string_view kTuneStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2230; --soft: #667085; --line: #d9dee8; --card: #f5f7fb; --page: #ffffff; --best: #25a477; --mark: #3b82f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9f0; --soft: #97a1b5; --line: #333b4d; --card: #1c2230; --page: #12161f; }
}
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; padding: 24px; max-width: 1080px; }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 8px; }
.note { color: var(--soft); }
.answer { background: var(--card); border-left: 4px solid var(--best); border-radius: 8px; padding: 12px 16px; margin: 16px 0; font-size: 16px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th.text, td.text { text-align: left; white-space: normal; overflow-wrap: anywhere; }
tr.chosen td { font-weight: 700; }
tr.out td { color: var(--soft); }
svg { width: 100%; max-width: 860px; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); }
svg .front { fill: none; stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg circle { fill: var(--mark); fill-opacity: 0.6; }
svg circle.out { fill: var(--soft); }
svg circle.chosen { fill: var(--best); fill-opacity: 1; }
svg text.chosen { fill: var(--ink); font-weight: 700; }
)css";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

/// A logarithmic axis from `low` to `high`, both above 0, over pixels.
struct Axis {
  double low = 1;
  double high = 10;
  double from = 0;
  double to = 1;

  double at(double value) const {
    const double share = (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
    return from + share * (to - from);
  }
};

/// With a tenth of room on both sides.
Axis make_axis(const std::vector<double>& values, double from, double to) {
  const auto [least, most] = std::ranges::minmax(values);
  return {least / 1.15, std::max(most, least * 1.05) * 1.15, from, to};
}

/// 1, 2, 5, 10, ... within the axis.
std::vector<double> ticks_of(const Axis& axis) {
  std::vector<double> ticks;
  for (double decade = std::pow(10, std::floor(std::log10(axis.low))); decade < axis.high; decade *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      if (decade * step >= axis.low && decade * step <= axis.high) ticks.push_back(decade * step);
    }
  }
  return ticks;
}

constexpr double kPlotWidth = 860;
constexpr double kPlotHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 840;
constexpr double kTop = 16;
constexpr double kBottom = 370;

std::string draw_axes(const Axis& time, const Axis& rate) {
  std::string svg;
  for (const double tick : ticks_of(time)) {
    svg += fmt::format(R"(<line class="grid" x1="{0:.1f}" y1="{1}" x2="{0:.1f}" y2="{2}"/>)"
                       R"(<text x="{0:.1f}" y="{3}" text-anchor="middle">{4:g}</text>)",
                       time.at(tick), kTop, kBottom, kBottom + 18, tick);
  }
  for (const double tick : ticks_of(rate)) {
    svg += fmt::format(R"(<line class="grid" x1="{1}" y1="{0:.1f}" x2="{2}" y2="{0:.1f}"/>)"
                       R"(<text x="{3}" y="{4:.1f}" text-anchor="end">{5:g}</text>)",
                       rate.at(tick), kLeft, kRight, kLeft - 6, rate.at(tick) + 4, tick);
  }
  return svg + fmt::format(R"(<text x="{}" y="{}" text-anchor="end">p95 of a run, ms (less is better)</text>)"
                           R"(<text x="{}" y="{}">items/s (more is better)</text>)",
                           kRight, kBottom + 38, kLeft + 6, kTop + 10);
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
  const Axis time = make_axis(times, kLeft, kRight);
  const Axis rate = make_axis(rates, kBottom, kTop);
  std::vector<std::size_t> front;
  std::ranges::copy_if(shown, std::back_inserter(front), [&](std::size_t i) { return candidates[i].on_front; });
  std::ranges::sort(front, {}, [&](std::size_t i) { return candidates[i].p95_ms; });
  std::string line;
  for (const std::size_t i : front) {
    line += fmt::format("{:.1f},{:.1f} ", time.at(candidates[i].p95_ms), rate.at(candidates[i].items_per_second));
  }
  std::string svg =
      fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="items a second against time of a run">)",
                  kPlotWidth, kPlotHeight);
  svg += draw_axes(time, rate) + fmt::format(R"(<polyline class="front" points="{}"/>)", line);
  for (const std::size_t i : shown) {
    const CandidateResult& one = candidates[i];
    const bool chosen = i == report.result.chosen.value_or(0);
    const double x = time.at(one.p95_ms);
    const double y = rate.at(one.items_per_second);
    const char* kind = chosen ? "chosen" : (one.left_out.empty() ? "may" : "out");
    svg += fmt::format(
        R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}: {:.5g} items/s, p95 {:.4g} ms</title></circle>)",
        kind, x, y, chosen ? 7 : 5, escaped(one.candidate.name()), one.items_per_second, one.p95_ms);
    if (!chosen && !one.on_front) continue;
    const bool right = x < (kLeft + kRight) / 2;
    const double below = chosen ? -8 : 18;
    svg += fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", kind,
                       right ? x + 2 : x - 2, y + below, right ? "start" : "end", escaped(one.candidate.name()));
  }
  return svg + "</svg>";
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
        chosen ? "chosen" : (one.left_out.empty() ? "" : "out"), escaped(one.candidate.name()), one.items_per_second,
        one.p50_ms, one.p95_ms,
        one.memory_bytes ? fmt::format("{:.0f} MB", static_cast<double>(*one.memory_bytes) / 1e6) : "-", one.rounds,
        escaped(gain_text(report, i)), one.left_out.empty() ? "" : escaped("; may not win: " + one.left_out),
        escaped(one.answers));
  }
  for (const CandidateResult& one : report.result.candidates) {
    if (one.rounds > 0) continue;
    html += fmt::format(
        "<tr class=\"out\"><td class=\"text\">{}</td><td colspan=\"5\"></td><td class=\"text\" "
        "colspan=\"2\">left out: {}</td></tr>",
        escaped(one.candidate.name()), escaped(one.left_out));
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string tune_as_page(const TuneReport& report) {
  std::string notes;
  for (const std::string& note : report.notes) notes += fmt::format("<p class=\"note\">{}</p>", escaped(note));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\"><title>tune: {0}</title><style>{1}</style></head><body>"
      "<h1>{0}</h1><p>Goal: {2}. {3} ways to run it were measured in {4:.0f} s.</p><p class=\"note\">{5}; {6}</p>"
      "<div class=\"answer\">{7}</div><p>{8}</p>{9}<h2>Rate against time</h2>{10}"
      "<p class=\"note\">The line joins those that no other one beats in both. AxB: A runs at a time, B threads "
      "each.</p><h2>All of them</h2>{11}</body></html>\n",
      escaped(report.model), kTuneStyle,
      report.goal == Goal::kLatency ? "the shortest run of one item" : "the most items a second",
      report.result.ranking.size(), report.result.spent_s, escaped(report.machine), escaped(report.inputs),
      escaped(recommend_plan(report)), escaped(report.outcome), notes, draw_plot(report), page_table(report));
}

}  // namespace tandem::tune
