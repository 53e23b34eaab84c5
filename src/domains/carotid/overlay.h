// SPDX-License-Identifier: Apache-2.0
// A frame with its vessels outlined, their ellipses and axes, and the state as the colour of the border.
#pragma once

#include "base/error.h"
#include "domains/carotid/decision.h"
#include "vision/draw.h"
#include "vision/image.h"

namespace tandem::carotid {

/// Distinct for colour-blind people too (Okabe and Ito): searching gray, not compressed white, measuring yellow, arrest
/// vermilion, ROSC green, low quality purple.
Color state_color(State state);

/// RGB, of the image's size. The border is in the state's colour; it covers the outermost 1/64 of the image.
/// mask  gray, of the image's size, each pixel a class index. Errors: invalid_argument (sizes that differ).
Result<Image> draw_overlay(const Image& image, const Image& mask, const FrameMeasurement& measurement, State state);

}  // namespace tandem::carotid
