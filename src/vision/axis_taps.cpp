// SPDX-License-Identifier: Apache-2.0
// Weights of nearest, bilinear and area resizing along one axis.
#include "vision/axis_taps.h"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

void add_nearest(const AxisResize& axis, std::int64_t i, AxisTaps& taps) {
  // Integers: exact for every size, where a float product may land on the wrong side of a whole number.
  const std::int64_t position = ((2 * i + 1) * axis.source) / (2 * axis.resized);
  taps.first.push_back(static_cast<std::int32_t>(std::min(position, axis.source - 1)));
  taps.weights.push_back(1.0F);
}

void add_bilinear(const AxisResize& axis, std::int64_t i, AxisTaps& taps) {
  const float scale = static_cast<float>(axis.source) / static_cast<float>(axis.resized);
  const float position = std::max(scale * (static_cast<float>(i) + 0.5F) - 0.5F, 0.0F);
  const auto first = std::min(static_cast<std::int64_t>(position), axis.source - 1);
  taps.first.push_back(static_cast<std::int32_t>(first));
  if (first + 1 >= axis.source) {
    taps.weights.push_back(1.0F);  // both neighbours are the last pixel
    return;
  }
  const float right = std::clamp(position - static_cast<float>(first), 0.0F, 1.0F);
  taps.weights.push_back(1.0F - right);
  if (right > 0) taps.weights.push_back(right);
}

void add_area(const AxisResize& axis, std::int64_t i, AxisTaps& taps) {
  // In units of 1/resized source pixels everything is whole: the footprint is [i * source, (i + 1) * source), and
  // source pixel j covers [j * resized, (j + 1) * resized).
  const std::int64_t begin = i * axis.source;
  const std::int64_t end = begin + axis.source;
  const std::int64_t first = begin / axis.resized;
  const std::int64_t last = (end - 1) / axis.resized;
  taps.first.push_back(static_cast<std::int32_t>(first));
  for (std::int64_t j = first; j <= last; ++j) {
    const std::int64_t covered = std::min(end, (j + 1) * axis.resized) - std::max(begin, j * axis.resized);
    taps.weights.push_back(static_cast<float>(static_cast<double>(covered) / static_cast<double>(axis.source)));
  }
}

}  // namespace

AxisTaps make_axis_taps(const AxisResize& axis, Interpolation interpolation) {
  AxisTaps taps;
  taps.first.reserve(static_cast<std::size_t>(axis.count));
  taps.offset.reserve(static_cast<std::size_t>(axis.count) + 1);
  taps.offset.push_back(0);
  const bool shrinks = axis.resized < axis.source;
  for (std::int64_t i = axis.begin; i < axis.begin + axis.count; ++i) {
    if (axis.resized == axis.source || interpolation == Interpolation::kNearest) {
      add_nearest(axis, i, taps);
    } else if (interpolation == Interpolation::kArea && shrinks) {
      add_area(axis, i, taps);
    } else {
      add_bilinear(axis, i, taps);
    }
    taps.offset.push_back(static_cast<std::uint32_t>(taps.weights.size()));
  }
  return taps;
}

}  // namespace tandem
