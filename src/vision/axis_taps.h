// SPDX-License-Identifier: Apache-2.0
// AxisTaps: which source pixels, with which weights, make each pixel of a resized row or column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/preprocess.h"

namespace tandem {

/// For output pixel i: sum over k in [0, count(i)) of weights[begin(i) + k] * source[first[i] + k].
struct AxisTaps {
  std::vector<std::int32_t> first;    // by output pixel: its first source pixel
  std::vector<std::uint32_t> offset;  // by output pixel, and one more: where its weights begin
  std::vector<float> weights;

  std::size_t size() const { return first.size(); }
  std::size_t begin(std::size_t i) const { return offset[i]; }
  std::size_t count(std::size_t i) const { return offset[i + 1] - offset[i]; }
};

/// One axis of `source` pixels resized to `resized`, of which only [begin, begin + count) is wanted.
struct AxisResize {
  std::int64_t source = 0;   // 1 .. 2^31-1
  std::int64_t resized = 0;  // at least 1
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

/// - nearest: the pixel under the output pixel's centre, floor((i + 0.5) * source / resized); PyTorch's
///   "nearest-exact", Pillow's NEAREST
/// - bilinear: half-pixel centres, no antialiasing: PyTorch's F.interpolate(align_corners=False, antialias=False), with
///   positions computed in float32 as there
/// - area: the mean over the output pixel's footprint with fractional coverage at both ends (OpenCV's INTER_AREA when
///   shrinking); an axis that grows is bilinear
AxisTaps make_axis_taps(const AxisResize& axis, Interpolation interpolation);

}  // namespace tandem
