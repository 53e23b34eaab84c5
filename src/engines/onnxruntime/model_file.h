// SPDX-License-Identifier: Apache-2.0
// The few facts about an ONNX file that ONNX Runtime's C API does not tell.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "base/error.h"

namespace tandem::onnxruntime {

struct ModelFileFacts {
  /// Weights lie in other files beside the model.
  bool external_data = false;
  /// Inputs and outputs whose shape the file states. Without it a scalar and a tensor of any rank look the same.
  std::set<std::string, std::less<>> with_shape;
};

/// Errors: invalid_argument (empty, or not the protobuf of an ONNX model, and what it seems to be).
Result<ModelFileFacts> read_model_file(std::span<const std::byte> bytes);

}  // namespace tandem::onnxruntime
