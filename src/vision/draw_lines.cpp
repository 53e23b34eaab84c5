// SPDX-License-Identifier: Apache-2.0
// Each shape is a distance: a pixel is covered as far as the stroke reaches over its centre.
#include "vision/draw_lines.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace tandem {
namespace {

constexpr double kThinnest = 0.25;  // px; a flatter ellipse is drawn with this semi-axis

/// Pixels [left, right) x [top, bottom), inside the image.
struct PixelBox {
  int left = 0, top = 0, right = 0, bottom = 0;
};

/// The pixels that a shape between two corners can touch when its stroke reaches `reach` px beyond them.
PixelBox cut_to_image(const Image& image, Point low, Point high, double reach) {
  const auto first = [reach](double value, int size) {
    return static_cast<int>(std::clamp(std::floor(value - reach), 0.0, static_cast<double>(size)));
  };
  const auto last = [reach](double value, int size) {
    return static_cast<int>(std::clamp(std::ceil(value + reach), 0.0, static_cast<double>(size)));
  };
  return {first(low.x, image.width), first(low.y, image.height), last(high.x, image.width), last(high.y, image.height)};
}

void blend(std::uint8_t* pixel, const Color& color, double share) {
  for (std::size_t c = 0; c < 3; ++c) {
    const double mixed = pixel[c] + share * (static_cast<double>(color[c]) - pixel[c]);
    pixel[c] = static_cast<std::uint8_t>(std::lround(mixed));
  }
}

/// distance(x, y): px from the shape's line to a pixel's centre, of any sign.
template <typename Distance>
void stroke_box(Image& image, const PixelBox& box, const Stroke& stroke, const Distance& distance) {
  CHECK(image.channels == 3 && image.pixels.size() == 3 * image.pixel_count());
  for (int y = box.top; y < box.bottom; ++y) {
    std::uint8_t* row = image.pixels.data() + 3 * static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width);
    for (int x = box.left; x < box.right; ++x) {
      const double covered = std::clamp(stroke.width / 2 + 0.5 - std::abs(distance(x + 0.5, y + 0.5)), 0.0, 1.0);
      if (covered > 0) blend(row + 3 * static_cast<std::size_t>(x), stroke.color, covered * stroke.opacity);
    }
  }
}

bool is_finite(Point point) { return std::isfinite(point.x) && std::isfinite(point.y); }

}  // namespace

void draw_line(Image& image, Point from, Point to, const Stroke& stroke) {
  if (!is_finite(from) || !is_finite(to)) return;
  const Point low{std::min(from.x, to.x), std::min(from.y, to.y)};
  const Point high{std::max(from.x, to.x), std::max(from.y, to.y)};
  const Point along{to.x - from.x, to.y - from.y};
  const double squared_length = along.x * along.x + along.y * along.y;
  const auto distance = [&](double x, double y) {
    const double dx = x - from.x;
    const double dy = y - from.y;
    const double t = squared_length > 0 ? std::clamp((dx * along.x + dy * along.y) / squared_length, 0.0, 1.0) : 0.0;
    return std::hypot(dx - t * along.x, dy - t * along.y);
  };
  stroke_box(image, cut_to_image(image, low, high, stroke.width / 2 + 1), stroke, distance);
}

void draw_ellipse(Image& image, const Ellipse& ellipse, const Stroke& stroke) {
  if (!is_finite(ellipse.center) || !std::isfinite(ellipse.semi_major) || !std::isfinite(ellipse.semi_minor) ||
      !std::isfinite(ellipse.angle)) {
    return;
  }
  Ellipse drawn = ellipse;
  drawn.semi_minor = std::max(drawn.semi_minor, kThinnest);
  drawn.semi_major = std::max(drawn.semi_major, drawn.semi_minor);
  const EllipseField field(drawn);
  const Point low{drawn.center.x - field.half_width(), drawn.center.y - field.half_height()};
  const Point high{drawn.center.x + field.half_width(), drawn.center.y + field.half_height()};
  stroke_box(image, cut_to_image(image, low, high, stroke.width / 2 + 1), stroke,
             [&field](double x, double y) { return field.at(x, y).distance; });
}

void draw_border(Image& image, int width, const Color& color) {
  CHECK(image.channels == 3 && image.pixels.size() == 3 * image.pixel_count());
  std::uint8_t* pixel = image.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    const bool row_is_border = y < width || y >= image.height - width;
    for (int x = 0; x < image.width; ++x, pixel += 3) {
      if (row_is_border || x < width || x >= image.width - width) std::copy(color.begin(), color.end(), pixel);
    }
  }
}

}  // namespace tandem
