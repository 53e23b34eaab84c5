// SPDX-License-Identifier: Apache-2.0
// From a map of logits to a mask of the original image's size.
#pragma once

#include "base/error.h"
#include "core/tensor.h"
#include "pipeline/model_config.h"
#include "pipeline/pipeline.h"

namespace tandem {

/// The model's input in pixels, which the output map covers whatever its own resolution is.
struct InputSize {
  int width = 0;
  int height = 0;
};

/// output: [1, C, H, W]. Probabilities, not labels, are resized to the original image (bilinear, through the
/// placement), and the largest wins there: resizing labels would invent classes and lose the border. An output of one
/// channel gives class 1 where its probability is at least 0.5.
Result<Segmentation> segment(const Tensor& output, const OutputConfig& config, const PreparedImage& prepared,
                             InputSize input);

}  // namespace tandem
