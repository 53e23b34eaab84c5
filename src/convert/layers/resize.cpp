// SPDX-License-Identifier: Apache-2.0
// ONNX's Resize by factors, which leave the batch as it is; a factor is rounded so that the size comes out exactly.
#include "convert/layers/resize.h"

#include <cmath>
#include <limits>

namespace tandem::convert {
namespace {

/// ONNX gives floor(before * factor).
float factor_of(std::int64_t before, std::int64_t after) {
  float factor = static_cast<float>(after) / static_cast<float>(before);
  while (static_cast<std::int64_t>(std::floor(static_cast<float>(before) * factor)) < after) {
    factor = std::nextafter(factor, std::numeric_limits<float>::infinity());
  }
  return factor;
}

Attributes mode_of(Interpolation mode) {
  switch (mode) {
    case Interpolation::kNearest:
      return attributes("mode", std::string("nearest"), "coordinate_transformation_mode", std::string("asymmetric"),
                        "nearest_mode", std::string("floor"));
    case Interpolation::kBilinear:
      return attributes("mode", std::string("linear"), "coordinate_transformation_mode",
                        std::string("pytorch_half_pixel"));
    case Interpolation::kBilinearAligned: break;
  }
  return attributes("mode", std::string("linear"), "coordinate_transformation_mode", std::string("align_corners"));
}

}  // namespace

Feature resize(Build build, const Feature& input, const ResizeLayer& layer) {
  if (layer.size == HeightWidth(input.height, input.width)) return input;
  const std::vector<float> factors = {1, 1, factor_of(input.height, layer.size.height),
                                      factor_of(input.width, layer.size.width)};
  const std::string scales = build.graph.weight(layer.path + ".scales", Tensor::from<float>({4}, factors).value());
  return {build.graph.add("Resize", {input.value, "", scales}, layer.path, mode_of(layer.mode)), input.channels,
          layer.size.height, layer.size.width};
}

}  // namespace tandem::convert
