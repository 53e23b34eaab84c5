// SPDX-License-Identifier: Apache-2.0
// ResizePlan: where an image lands in a model's input, for each resize mode, in whole pixels.
#pragma once

#include <cstdint>

#include "vision/preprocess.h"

namespace tandem {

/// Along one axis: the image is resized from `source` to `resized` pixels; [crop, crop + count) of them fill the
/// input's pixels [pad, pad + count); the rest of the input is padding.
struct AxisPlan {
  std::int64_t source = 0;
  std::int64_t resized = 0;
  std::int64_t crop = 0;
  std::int64_t pad = 0;
  std::int64_t count = 0;

  friend bool operator==(const AxisPlan&, const AxisPlan&) = default;
};

struct ResizePlan {
  AxisPlan x;
  AxisPlan y;

  /// input = image * resized / source + pad - crop, along each axis.
  Placement placement() const;
};

/// Letterbox rounds as YOLO's exporters do: r = min(W/w, H/h), new size max(round(w r), 1) with ties to even, padding
/// left and above floor((W - new) / 2). Topleft is the same without the centring. Shortside rounds as torchvision's
/// Resize and CenterCrop: the longer side is floor(long * target / short), the crop begins at round((new - W) / 2),
/// ties to even. All sizes are at least 1.
ResizePlan plan_resize(int image_width, int image_height, const ImagePreprocess& settings);

}  // namespace tandem
