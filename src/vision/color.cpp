// SPDX-License-Identifier: Apache-2.0
// Conversions between gray and RGB.
#include "vision/color.h"

#include <cstddef>

namespace tandem {

Image to_gray(const Image& image) {
  if (image.channels == 1) return image;
  Image gray{image.width, image.height, 1, std::vector<std::uint8_t>(image.pixel_count())};
  const std::uint8_t* source = image.pixels.data();
  std::uint8_t* target = gray.pixels.data();
  const std::size_t count = image.pixel_count();
  for (std::size_t i = 0; i < count; ++i) target[i] = luma(source[3 * i], source[3 * i + 1], source[3 * i + 2]);
  return gray;
}

Image to_rgb(const Image& image) {
  if (image.channels == 3) return image;
  Image rgb{image.width, image.height, 3, std::vector<std::uint8_t>(image.pixel_count() * 3)};
  std::uint8_t* target = rgb.pixels.data();
  for (std::size_t i = 0; i < image.pixel_count(); ++i) {
    target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = image.pixels[i];
  }
  return rgb;
}

double border_brightness(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.channels);
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  const auto add = [&](std::size_t y, std::size_t x) {
    const std::uint8_t* pixel = image.pixels.data() + (y * width + x) * channels;
    sum += channels == 1 ? pixel[0] : luma(pixel[0], pixel[1], pixel[2]);
    ++count;
  };
  for (std::size_t x = 0; x < width; ++x) {
    add(0, x);
    if (height > 1) add(height - 1, x);
  }
  for (std::size_t y = 1; y + 1 < height; ++y) {
    add(y, 0);
    if (width > 1) add(y, width - 1);
  }
  return static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace tandem
