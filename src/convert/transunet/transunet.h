// SPDX-License-Identifier: Apache-2.0
// TransUNet to ONNX: image float32 [batch, 3, S, S] -> logits float32 [batch, classes, S, S].
#pragma once

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"

namespace tandem::convert {

/// Any width, depth and input size of the hybrid family. Errors: invalid_argument naming the tensor that does not fit.
Result<Conversion> convert_transunet(Weights& weights, const ConvertOptions& options);

}  // namespace tandem::convert
