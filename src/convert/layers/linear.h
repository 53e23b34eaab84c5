// SPDX-License-Identifier: Apache-2.0
// Fully connected layers, over the last axis of any value or as the head of a classifier.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// y = x W^T + b, torch.nn.Linear; scale multiplies weight and bias beforehand.
struct LinearLayer {
  std::string path;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  bool bias = true;
  double scale = 1;
};

/// Over the last axis: MatMul and Add.
Result<std::string> linear(Build build, const std::string& input, const LinearLayer& layer);

/// Over float32 [batch, inputs]: Gemm, which takes the weight as the checkpoint has it. `scale` must be 1.
Result<std::string> dense(Build build, const std::string& input, const LinearLayer& layer);

/// W^T of the torch.nn.Linear whose tensors are `weight` [outputs, inputs] and `bias` [outputs], which may be empty.
struct Projection {
  std::string path;  // names the nodes and the constants
  Tensor weight;
  Tensor bias;
  double scale = 1;
};
Result<std::string> project(Build build, const std::string& input, const Projection& projection);

/// The tensor with its two axes swapped: [rows, columns] -> [columns, rows], each value times `scale`.
Result<Tensor> transposed(const Tensor& matrix, double scale = 1);

}  // namespace tandem::convert
