// SPDX-License-Identifier: Apache-2.0
// From logits to probabilities, and from probabilities to a Classification.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "pipeline/model_config.h"
#include "pipeline/pipeline.h"

namespace tandem {

/// The elements of a float32, float64, float16 or bfloat16 tensor as float32, copied. Errors: invalid_argument.
Result<std::vector<float>> float_values(const Tensor& tensor);

/// Activates `values` [classes, positions] in place, each position by itself; softmax subtracts the maximum first.
/// Errors: internal when a result is not a number from 0 to 1: the model's answer makes no sense.
Status activate(Activation activation, std::size_t classes, std::span<float> values);

/// Classes of an output with `channels` channels: one channel means two classes, not it and it.
inline std::size_t class_count(std::size_t channels) { return channels == 1 ? 2 : channels; }

/// "class_3" where the config has no labels.
std::string class_label(const std::vector<std::string>& labels, std::size_t index);

/// output: [1, C] or [1, C, 1, 1].
Result<Classification> classify(const Tensor& output, const OutputConfig& config);

}  // namespace tandem
