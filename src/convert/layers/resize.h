// SPDX-License-Identifier: Apache-2.0
// Images of another size, as torch.nn.functional.interpolate makes them.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

enum class Interpolation {
  kNearest,
  kBilinear,         // half pixels: align_corners=False
  kBilinearAligned,  // align_corners=True
};

/// Needs a size of at least 1 x 1.
struct ResizeLayer {
  std::string path;  // names the node
  HeightWidth size = 0;
  Interpolation mode = Interpolation::kNearest;
};
Feature resize(Build build, const Feature& input, const ResizeLayer& layer);

}  // namespace tandem::convert
