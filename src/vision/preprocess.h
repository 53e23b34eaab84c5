// SPDX-License-Identifier: Apache-2.0
// ImagePreprocess: how an image becomes a model's input tensor; the same code for CLI, server and live view.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "vision/image.h"

namespace tandem {

enum class ResizeMode {
  kStretch,    // both axes scaled to fit exactly
  kLetterbox,  // aspect kept, centred, padded with pad_value
  kShortSide,  // aspect kept, shorter side fits, centre crop
  kTopLeft,    // aspect kept, placed top left, padded with pad_value
};
enum class Interpolation { kNearest, kBilinear, kArea };
enum class ColorOrder { kGray, kRgb, kBgr };
enum class Layout { kNchw, kNhwc };
enum class Invert { kNever, kAlways, kAuto };  // auto: when the image's border is on average brighter than 127

/// Steps, in this order: colour, inversion (255 - pixel), resize (float32, not rounded back to bytes), padding, then
/// value = (pixel * scale - mean[c]) / std[c], computed in float32. How each mode rounds: vision/resize_plan.h; how
/// each interpolation weighs: vision/axis_taps.h.
struct ImagePreprocess {
  int width = 0;
  int height = 0;
  ResizeMode resize = ResizeMode::kStretch;
  Interpolation interpolation = Interpolation::kBilinear;
  ColorOrder color = ColorOrder::kRgb;
  Layout layout = Layout::kNchw;
  Invert invert = Invert::kNever;
  int pad_value = 0;  // 0..255, after inversion, before scale and mean
  float scale = 1.0F / 255.0F;
  std::vector<float> mean;  // one per channel; empty: 0
  std::vector<float> std;   // one per channel; empty: 1
};

/// Where the image landed in the model's input, to carry boxes and masks back:
/// input_x = image_x * scale_x + offset_x (pixel centres at +0.5).
struct Placement {
  double scale_x = 1, scale_y = 1;
  double offset_x = 0, offset_y = 0;
};

struct PreprocessedImage {
  Tensor tensor;  // float32 [1, C, H, W] or [1, H, W, C]
  Placement placement;
};

/// Sides of images and of inputs that preprocess() takes.
inline constexpr int kMaxImageSide = 65535;
inline constexpr int kMaxInputSide = 16384;

/// Errors: invalid_argument (an empty image, impossible settings), resource_exhausted.
Result<PreprocessedImage> preprocess(const Image& image, const ImagePreprocess& settings);

}  // namespace tandem
