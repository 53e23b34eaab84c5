// SPDX-License-Identifier: Apache-2.0
// Axes, grid and lines of a picture in a page, as inline SVG.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// From values to pixels.
struct ChartAxis {
  double low = 0;
  double high = 1;
  double from = 0;  // the pixel of `low`
  double to = 1;    // that of `high`
  bool logarithmic = false;
  std::vector<double> ticks;

  /// Values outside are drawn at the edge.
  double place(double value) const;
};

/// Widened to round numbers, with three to eight ticks. least <= most, both finite.
ChartAxis linear_axis(double least, double most, double from, double to);
/// With ticks at 1, 2 and 5 of each decade, or finer where there are few of these. 0 < least <= most.
ChartAxis log_axis(double least, double most, double from, double to);

/// "0.95", "20", "1e+06"
std::string tick_text(double value);

/// The lines of both grids with their numbers, and what the axes are.
struct ChartFrame {
  ChartAxis x;
  ChartAxis y;
  std::string_view x_label;
  std::string_view y_label;
};
std::string draw_frame(const ChartFrame& frame);

struct ChartPoint {
  double x = 0;
  double y = 0;
};
/// A line through values, in the colour of the class ("c0").
std::string draw_line(const ChartFrame& frame, std::span<const ChartPoint> points, std::string_view color);

/// <svg> with this content; `label` is for those who do not see it.
std::string make_picture(double width, double height, std::string_view label, std::string_view content);

/// Coloured dots with names: [i] has the colour ci.
std::string make_legend(std::span<const std::string> names);
/// "c0" to "c9", again and again.
std::string series_color(std::size_t index);

}  // namespace tandem
