// SPDX-License-Identifier: Apache-2.0
// The arithmetic of stretch, letterbox, shortside and topleft.
#include "vision/resize_plan.h"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

AxisPlan fill(std::int64_t source, std::int64_t target) { return {source, target, 0, 0, target}; }

AxisPlan fit(std::int64_t source, std::int64_t target, double ratio, bool centre) {
  const auto rounded = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(source) * ratio));
  const std::int64_t resized = std::clamp<std::int64_t>(rounded, 1, target);
  return {source, resized, 0, centre ? (target - resized) / 2 : 0, resized};
}

AxisPlan cover(std::int64_t source, std::int64_t target, std::int64_t resized) {
  const auto crop = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(resized - target) / 2.0));
  return {source, resized, crop, 0, target};
}

ResizePlan plan_short_side(std::int64_t w, std::int64_t h, std::int64_t target_w, std::int64_t target_h) {
  if (target_w * h >= target_h * w) {  // width is the side that fits exactly
    return {cover(w, target_w, target_w), cover(h, target_h, target_w * h / w)};
  }
  return {cover(w, target_w, target_h * w / h), cover(h, target_h, target_h)};
}

}  // namespace

Placement ResizePlan::placement() const {
  Placement placement;
  placement.scale_x = static_cast<double>(x.resized) / static_cast<double>(x.source);
  placement.scale_y = static_cast<double>(y.resized) / static_cast<double>(y.source);
  placement.offset_x = static_cast<double>(x.pad - x.crop);
  placement.offset_y = static_cast<double>(y.pad - y.crop);
  return placement;
}

ResizePlan plan_resize(int image_width, int image_height, const ImagePreprocess& settings) {
  if (settings.resize == ResizeMode::kStretch) {
    return {fill(image_width, settings.width), fill(image_height, settings.height)};
  }
  if (settings.resize == ResizeMode::kShortSide) {
    return plan_short_side(image_width, image_height, settings.width, settings.height);
  }
  const double ratio =
      std::min(static_cast<double>(settings.width) / image_width, static_cast<double>(settings.height) / image_height);
  const bool centre = settings.resize == ResizeMode::kLetterbox;
  return {fit(image_width, settings.width, ratio, centre), fit(image_height, settings.height, ratio, centre)};
}

}  // namespace tandem
