// SPDX-License-Identifier: Apache-2.0
// Blending by class through small tables, so that the inner loop has no branch.
#include "vision/draw.h"

#include <fmt/format.h>

#include <cmath>

#include "vision/color.h"

namespace tandem {
namespace {

constexpr std::array<Color, 8> kPalette = {{{0, 114, 178},
                                            {230, 159, 0},
                                            {0, 158, 115},
                                            {86, 180, 233},
                                            {213, 94, 0},
                                            {240, 228, 66},
                                            {204, 121, 167},
                                            {255, 255, 255}}};
constexpr std::size_t kClasses = 256;

/// blended = (pixel * keep + add + 128) / 256, by class.
struct BlendTable {
  std::array<unsigned, kClasses> keep{};
  std::array<std::array<unsigned, 3>, kClasses> add{};
};

BlendTable make_table(double opacity) {
  BlendTable table;
  const auto alpha = static_cast<unsigned>(std::lround(opacity * 256.0));
  table.keep.fill(256 - alpha);
  table.keep[0] = 256;
  for (std::size_t index = 1; index < kClasses; ++index) {
    const Color color = class_color(index);
    for (std::size_t c = 0; c < 3; ++c) table.add[index][c] = alpha * color[c];
  }
  return table;
}

void blend(Image& image, const Image& mask, const BlendTable& table) {
  std::uint8_t* pixel = image.pixels.data();
  for (const std::uint8_t index : mask.pixels) {
    for (std::size_t c = 0; c < 3; ++c, ++pixel) {
      *pixel = static_cast<std::uint8_t>((*pixel * table.keep[index] + table.add[index][c] + 128U) >> 8);
    }
  }
}

/// Pixels of a region beside another class; the image's border is no contour.
void draw_contours(Image& image, const Image& mask) {
  const auto width = static_cast<std::size_t>(mask.width);
  const auto height = static_cast<std::size_t>(mask.height);
  const std::uint8_t* classes = mask.pixels.data();
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t i = y * width + x;
      const std::uint8_t own = classes[i];
      if (own == 0) continue;
      const bool edge = (x > 0 && classes[i - 1] != own) || (x + 1 < width && classes[i + 1] != own) ||
                        (y > 0 && classes[i - width] != own) || (y + 1 < height && classes[i + width] != own);
      if (!edge) continue;
      const Color color = class_color(own);
      for (std::size_t c = 0; c < 3; ++c) image.pixels[3 * i + c] = color[c];
    }
  }
}

}  // namespace

Color class_color(std::size_t index) { return kPalette[(index + kPalette.size() - 1) % kPalette.size()]; }

Result<Image> draw_mask(const Image& image, const Image& mask, const DrawOptions& options) {
  if (mask.channels != 1 || mask.width != image.width || mask.height != image.height ||
      mask.pixels.size() != image.pixel_count() ||
      image.pixels.size() != image.pixel_count() * static_cast<std::size_t>(image.channels)) {
    return invalid_argument(fmt::format("overlay: expected a gray mask of {}x{}, got {}x{} with {} channels",
                                        image.width, image.height, mask.width, mask.height, mask.channels));
  }
  if (!(options.opacity >= 0 && options.opacity <= 1)) {
    return invalid_argument(fmt::format("overlay: expected an opacity from 0 to 1, got {}", options.opacity));
  }
  Image result = to_rgb(image);
  blend(result, mask, make_table(options.opacity));
  if (options.contour) draw_contours(result, mask);
  return result;
}

}  // namespace tandem
