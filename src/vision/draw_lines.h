// SPDX-License-Identifier: Apache-2.0
// Lines, ellipses and borders drawn into an RGB image, with smooth edges.
#pragma once

#include "vision/draw.h"
#include "vision/ellipse.h"
#include "vision/image.h"

namespace tandem {

struct Stroke {
  Color color{};
  double width = 1;    // px, across the line
  double opacity = 1;  // 0..1
};

/// Each draws into an RGB image; what lies outside of it is cut off, and a shape with coordinates that are not finite
/// is not drawn. Time is bounded by the image's size, whatever the coordinates.
void draw_line(Image& image, Point from, Point to, const Stroke& stroke);
void draw_ellipse(Image& image, const Ellipse& ellipse, const Stroke& stroke);

/// The outermost `width` rows and columns.
void draw_border(Image& image, int width, const Color& color);

}  // namespace tandem
