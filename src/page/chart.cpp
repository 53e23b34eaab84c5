// SPDX-License-Identifier: Apache-2.0
// Round numbers for ticks; everything else is a template of SVG.
#include "page/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "page/page.h"

namespace tandem {
namespace {

constexpr int kWantedTicks = 6;
constexpr std::size_t kFewTicks = 3;
constexpr std::size_t kChartColors = 9;  // the tenth is for what is left
constexpr double kTickGap = 16;          // between the picture and its numbers

/// The largest of 1, 2 and 5 times a power of ten that is not above `wanted`.
double round_step(double wanted) {
  const double decade = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * decade <= wanted * (1 + 1e-9)) return factor * decade;
  }
  return decade;
}

std::vector<double> multiples(double step, double low, double high) {
  const auto first = static_cast<std::int64_t>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<std::int64_t>(std::floor(high / step + 1e-9));
  std::vector<double> values;
  for (std::int64_t i = first; i <= last; ++i) values.push_back(static_cast<double>(i) * step);
  return values;
}

std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  for (int decade = static_cast<int>(std::floor(std::log10(low))); decade <= last; ++decade) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, decade);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
    }
  }
  if (ticks.size() < kFewTicks) ticks = multiples(round_step((high - low) / kWantedTicks), low, high);
  if (ticks.size() > 3 * kWantedTicks) {
    std::erase_if(ticks,
                  [](double value) { return std::abs(std::log10(value) - std::round(std::log10(value))) > 1e-6; });
  }
  return ticks;
}

}  // namespace

double ChartAxis::place(double value) const {
  const auto scale = [this](double at) { return logarithmic ? std::log(at) : at; };
  const double span = scale(high) - scale(low);
  const double share = span > 0 ? (scale(value) - scale(low)) / span : 0.5;
  return from + std::clamp(share, 0.0, 1.0) * (to - from);
}

ChartAxis linear_axis(double least, double most, double from, double to) {
  if (most <= least) most = least + std::max(1e-9, std::abs(least) * 0.1);
  const double step = round_step((most - least) / kWantedTicks);
  ChartAxis axis{step * std::floor(least / step + 1e-9), step * std::ceil(most / step - 1e-9), from, to, false, {}};
  axis.ticks = multiples(step, axis.low, axis.high);
  return axis;
}

ChartAxis log_axis(double least, double most, double from, double to) {
  if (most <= least) most = least * 1.1;
  ChartAxis axis{least, most, from, to, true, {}};
  axis.ticks = log_ticks(least, most);
  return axis;
}

std::string tick_text(double value) { return fmt::format("{:.6g}", value); }

std::string draw_frame(const ChartFrame& frame) {
  std::string svg;
  const double left = std::min(frame.x.from, frame.x.to), right = std::max(frame.x.from, frame.x.to);
  const double top = std::min(frame.y.from, frame.y.to), bottom = std::max(frame.y.from, frame.y.to);
  for (const double value : frame.x.ticks) {
    svg += fmt::format(R"(<line class="grid" x1="{0:.1f}" y1="{1}" x2="{0:.1f}" y2="{2}"/>)"
                       R"(<text x="{0:.1f}" y="{3}" text-anchor="middle">{4}</text>)",
                       frame.x.place(value), top, bottom, bottom + kTickGap, tick_text(value));
  }
  for (const double value : frame.y.ticks) {
    svg += fmt::format(R"(<line class="grid" x1="{1}" y1="{0:.1f}" x2="{2}" y2="{0:.1f}"/>)"
                       R"(<text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>)",
                       frame.y.place(value), left, right, left - 6, frame.y.place(value) + 4, tick_text(value));
  }
  svg += fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text>)", (left + right) / 2,
                     bottom + 2.3 * kTickGap, escape_html(frame.x_label));
  if (frame.y_label.empty()) return svg;
  return svg + fmt::format(R"svg(<text transform="translate(14 {}) rotate(-90)" text-anchor="middle">{}</text>)svg",
                           (top + bottom) / 2, escape_html(frame.y_label));
}

std::string draw_line(const ChartFrame& frame, std::span<const ChartPoint> points, std::string_view color) {
  std::string places;
  for (const ChartPoint& point : points) {
    places += fmt::format("{}{:.1f},{:.1f}", places.empty() ? "" : " ", frame.x.place(point.x), frame.y.place(point.y));
  }
  return fmt::format(R"(<polyline class="series {}" points="{}"/>)", color, places);
}

std::string make_picture(double width, double height, std::string_view label, std::string_view content) {
  return fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>)", width, height,
                     escape_html(label), content);
}

std::string make_legend(std::span<const std::string> names) {
  std::string html = "<p>";
  for (std::size_t i = 0; i < names.size(); ++i) {
    html +=
        fmt::format(R"(<span class="legend"><i class="dot {}"></i>{}</span> )", series_color(i), escape_html(names[i]));
  }
  return html + "</p>";
}

std::string series_color(std::size_t index) { return fmt::format("c{}", index % kChartColors); }

}  // namespace tandem
