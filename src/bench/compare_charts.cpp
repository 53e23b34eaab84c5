// SPDX-License-Identifier: Apache-2.0
// Ratios on a logarithmic axis, so that twice and half are equally far from 1.
#include "bench/compare_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/statistics.h"
#include "page/chart.h"
#include "page/page.h"

namespace tandem::bench {
namespace {

constexpr double kPictureWidth = 760;
constexpr double kPictureHeight = 320;
constexpr double kAxisLeft = 64;
constexpr double kNamesLeft = 300;  // of the picture whose rows have names
constexpr double kEdge = 16;
constexpr double kBelow = 46;
constexpr double kRowHeight = 30;
constexpr std::size_t kMostPoints = 400;
constexpr std::size_t kMostNameLetters = 22;

struct IntervalRow {
  std::string name;
  RatioInterval ratio;
  std::string color;
};

std::string short_name(const std::string& name) {
  return name.size() <= kMostNameLetters ? name : name.substr(0, kMostNameLetters - 3) + "...";
}

std::vector<IntervalRow> interval_rows(const Comparison& comparison) {
  std::vector<IntervalRow> rows;
  const auto& all = comparison.contenders;
  for (const PairResult& pair : comparison.pairs) {
    rows.push_back({fmt::format("{} / {}", short_name(all[pair.second].name), short_name(all[pair.first].name)),
                    pair.ratio, series_color(pair.second)});
  }
  if (comparison.noise.rounds > 0) {
    rows.push_back({short_name(all[comparison.reference].name) + " / itself", comparison.noise, "c9"});
  }
  return rows;
}

std::string draw_interval(const IntervalRow& row, const ChartAxis& x, double y) {
  return fmt::format(
      R"(<text x="{0}" y="{1:.1f}" text-anchor="end">{2}</text>)"
      R"(<line class="series {3} thick" x1="{4:.1f}" y1="{5:.1f}" x2="{6:.1f}" y2="{5:.1f}"/>)"
      R"(<circle class="{3}" cx="{7:.1f}" cy="{5:.1f}" r="5"><title>{8:.4f} [{9:.4f}, {10:.4f}]</title></circle>)",
      kNamesLeft - 8, y + 4, escape_html(row.name), row.color, x.place(row.ratio.low), y, x.place(row.ratio.high),
      x.place(row.ratio.estimate), row.ratio.estimate, row.ratio.low, row.ratio.high);
}

/// At most kMostPoints of a sorted series, the first and the last among them.
std::vector<ChartPoint> distribution_of(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t count = std::min(samples.size(), kMostPoints);
  std::vector<ChartPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = count == 1 ? 1 : static_cast<double>(i) / static_cast<double>(count - 1);
    points.push_back({percentile(samples, share), share});
  }
  return points;
}

/// Medians of as many rounds as make at most kMostPoints of them.
std::vector<ChartPoint> rounds_of(const std::vector<double>& block_ms) {
  const std::size_t step = 1 + block_ms.size() / kMostPoints;
  std::vector<ChartPoint> points;
  for (std::size_t i = 0; i < block_ms.size(); i += step) {
    std::vector<double> part(block_ms.begin() + static_cast<std::ptrdiff_t>(i),
                             block_ms.begin() + static_cast<std::ptrdiff_t>(std::min(block_ms.size(), i + step)));
    std::sort(part.begin(), part.end());
    points.push_back({static_cast<double>(i + 1), percentile(part, 0.5)});
  }
  return points;
}

struct Series {
  std::vector<ChartPoint> points;
  std::string color;
};

std::string draw_series(const ChartFrame& frame, const std::vector<Series>& all, std::string_view label) {
  std::string svg = draw_frame(frame);
  for (const Series& series : all) svg += draw_line(frame, series.points, series.color);
  return make_picture(kPictureWidth, kPictureHeight, label, svg);
}

}  // namespace

std::string draw_intervals(const CompareReport& report) {
  const std::vector<IntervalRow> rows = interval_rows(report.comparison);
  if (rows.empty()) return "";
  const Margins& margins = report.comparison.margins;
  double least = 1 / (1 + 2 * margins.faster), most = 1 + 2 * margins.faster;
  for (const IntervalRow& row : rows) {
    least = std::min(least, row.ratio.low);
    most = std::max(most, row.ratio.high);
  }
  const double height = kEdge + kRowHeight * static_cast<double>(rows.size()) + kBelow;
  const ChartFrame frame{log_axis(least / 1.02, most * 1.02, kNamesLeft, kPictureWidth - kEdge),
                         ChartAxis{0, 1, height - kBelow, kEdge, false, {}}, "time of the one / time of the other", ""};
  const auto band = [&](double margin, std::string_view kind) {
    const double left = frame.x.place(1 / (1 + margin)), right = frame.x.place(1 + margin);
    return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>)", kind, left, kEdge,
                       right - left, height - kBelow - kEdge);
  };
  std::string svg = band(margins.faster, "band wide") + band(margins.equivalent, "band") + draw_frame(frame);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    svg += draw_interval(rows[i], frame.x, kEdge + kRowHeight * (static_cast<double>(i) + 0.5));
  }
  return make_picture(kPictureWidth, height, "ratios of times with their intervals", svg);
}

std::string draw_distributions(const CompareReport& report) {
  std::vector<Series> all;
  double least = INFINITY, most = 0;
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    const ContenderResult& result = report.comparison.contenders[i];
    if (result.samples_ms.empty()) continue;
    all.push_back({distribution_of(result.samples_ms), series_color(i)});
    least = std::min(least, all.back().points.front().x);
    most = std::max(most, all.back().points.back().x);
  }
  if (all.empty()) return "";
  least = std::max(least, 1e-6);
  const ChartFrame frame{log_axis(least / 1.05, most * 1.05, kAxisLeft, kPictureWidth - kEdge),
                         linear_axis(0, 1, kPictureHeight - kBelow, kEdge), "ms of one run", "share of runs"};
  return draw_series(frame, all, "distributions of the times");
}

std::string draw_rounds(const CompareReport& report) {
  std::vector<Series> all;
  double rounds = 1, least = INFINITY, most = 0;
  const auto add = [&](const std::vector<double>& block_ms, std::string color) {
    if (block_ms.empty()) return;
    rounds = std::max(rounds, static_cast<double>(block_ms.size()));
    all.push_back({rounds_of(block_ms), std::move(color)});
    for (const ChartPoint& point : all.back().points) {
      least = std::min(least, point.y);
      most = std::max(most, point.y);
    }
  };
  add(report.comparison.again_block_ms, "c9");
  for (std::size_t i = 0; i < report.comparison.contenders.size(); ++i) {
    add(report.comparison.contenders[i].block_ms, series_color(i));
  }
  if (all.empty()) return "";
  const ChartFrame frame{linear_axis(1, std::max(2.0, rounds), kAxisLeft, kPictureWidth - kEdge),
                         log_axis(least / 1.05, most * 1.05, kPictureHeight - kBelow, kEdge), "round",
                         "median of the block, ms"};
  return draw_series(frame, all, "medians of the blocks, round after round");
}

}  // namespace tandem::bench
