// SPDX-License-Identifier: Apache-2.0
// Box averages, and as few colour changes as the picture allows.
#include "live/half_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "vision/color.h"
#include "vision/draw.h"

namespace tandem::live {
namespace {

/// The pixels [begin, end) that cell `index` of `count` covers; at least one.
struct Range {
  int begin = 0;
  int end = 0;
};
Range range_of(int index, int count, int size) {
  const auto at = [&](int i) { return static_cast<int>(static_cast<std::int64_t>(i) * size / count); };
  const int begin = at(index);
  return {begin, std::max(begin + 1, at(index + 1))};
}

/// rgb: an image of 3 channels
Color mean_color(const Image& rgb, Range x, Range y) {
  std::uint64_t sums[3] = {0, 0, 0};
  for (int row = y.begin; row < y.end; ++row) {
    const std::size_t start =
        3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(rgb.width) + static_cast<std::size_t>(x.begin));
    const std::uint8_t* pixel = rgb.pixels.data() + start;
    for (int column = x.begin; column < x.end; ++column) {
      for (std::uint64_t& sum : sums) sum += *pixel++;
    }
  }
  const auto count = static_cast<std::uint64_t>(x.end - x.begin) * static_cast<std::uint64_t>(y.end - y.begin);
  const auto mean = [&](std::uint64_t sum) { return static_cast<std::uint8_t>((sum + count / 2) / count); };
  return {mean(sums[0]), mean(sums[1]), mean(sums[2])};
}

/// The nearest of the 6x6x6 cube of xterm's palette; its levels are 0, 95, 135, 175, 215, 255.
int palette_index(const Color& color) {
  const auto level = [](std::uint8_t value) { return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40; };
  return 16 + 36 * level(color[0]) + 6 * level(color[1]) + level(color[2]);
}

/// layer: 38 for the foreground, 48 for the background
void append_color(std::string& text, int layer, const Color& color, TerminalColors colors) {
  if (colors == TerminalColors::kTrue) {
    fmt::format_to(std::back_inserter(text), "\x1b[{};2;{};{};{}m", layer, color[0], color[1], color[2]);
  } else {
    fmt::format_to(std::back_inserter(text), "\x1b[{};5;{}m", layer, palette_index(color));
  }
}

}  // namespace

CellSize fit_cells(const Image& image, CellSize room) {
  if (image.width <= 0 || image.height <= 0 || room.columns <= 0 || room.rows <= 0) return {};
  const double scale = std::min(static_cast<double>(room.columns) / image.width, 2.0 * room.rows / image.height);
  const auto cells = [](double length, int most) { return std::clamp(static_cast<int>(std::lround(length)), 1, most); };
  return {cells(scale * image.width, room.columns), cells(scale * image.height / 2, room.rows)};
}

std::string draw_half_blocks(const Image& image, CellSize size, TerminalColors colors) {
  std::string text;
  if (size.columns <= 0 || size.rows <= 0 || image.pixels.empty()) return text;
  const Image rgb = to_rgb(image);
  for (int row = 0; row < size.rows; ++row) {
    const Range upper = range_of(2 * row, 2 * size.rows, rgb.height);
    const Range lower = range_of(2 * row + 1, 2 * size.rows, rgb.height);
    Color foreground{};
    Color background{};
    for (int column = 0; column < size.columns; ++column) {
      const Range x = range_of(column, size.columns, rgb.width);
      const Color top = mean_color(rgb, x, upper);
      const Color bottom = mean_color(rgb, x, lower);
      if (column == 0 || top != foreground) append_color(text, 38, top, colors);
      if (column == 0 || bottom != background) append_color(text, 48, bottom, colors);
      foreground = top;
      background = bottom;
      text += "\u2580";
    }
    text += "\x1b[0m\r\n";
  }
  return text;
}

}  // namespace tandem::live
