// SPDX-License-Identifier: Apache-2.0
// Shifted windows: which token of an image stands where in which window, and which may see each other.
#pragma once

#include <cstdint>
#include <vector>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// An image of tokens cut into windows, as torchvision does it: padded with zeros on the right and at the bottom up to
/// whole windows, then rolled up and left by the shift. A window as large as the image is not shifted.
struct WindowPlan {
  HeightWidth image = 0;
  std::int64_t window = 7;
  HeightWidth shift = 0;
  HeightWidth count = 0;  // of windows

  std::int64_t windows() const { return count.height * count.width; }
  std::int64_t tokens() const { return window * window; }  // of one window
  bool is_padded() const { return count.height * window != image.height || count.width * window != image.width; }
  bool is_shifted() const { return shift.height > 0 || shift.width > 0; }
};
WindowPlan plan_windows(HeightWidth image, std::int64_t window, bool shifted);

/// For each place in the windows, one after the other, the token of the image that stands there;
/// image.height * image.width for a place that is padding.
std::vector<std::int64_t> window_tokens(const WindowPlan& plan);

/// For each token of the image its place in the windows.
std::vector<std::int64_t> window_places(const WindowPlan& plan);

/// What is added to the scores so that only tokens that were neighbours before the shift see each other:
/// float32 [windows, 1, tokens, tokens] of 0 and -100.
Result<Tensor> window_mask(const WindowPlan& plan);

/// For each pair of tokens of a window its row in the table of relative positions, which has (2 * window - 1)^2.
std::vector<std::int64_t> relative_positions(std::int64_t window);

}  // namespace tandem::convert
