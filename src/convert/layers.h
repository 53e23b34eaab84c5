// SPDX-License-Identifier: Apache-2.0
// Layers that several networks share, from a checkpoint's tensors to nodes of the graph; batch norms are folded.
#pragma once

#include <string>

#include "base/error.h"
#include "convert/graph_builder.h"
#include "convert/weights.h"

namespace tandem::convert {

/// An image-like value: float32 [batch, channels, height, width] with known sizes.
struct Feature {
  std::string value;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// Where layers are built: both live as long as the build.
struct Build {
  GraphBuilder& graph;
  Weights& weights;
};

struct ConvLayer {
  std::string path;  // the weight is path + ".weight", the bias path + ".bias"
  std::int64_t outputs = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
  bool bias = false;
  bool standardized = false;    // the kernel is standardized per output channel (weight standardization)
  std::string batch_norm = {};  // path of the batch norm that follows, "" for none: it is folded in
  double epsilon = 1e-5;        // of that batch norm
};

/// torch.nn.Conv2d, square kernel, with what is folded into it.
/// Standardized: w' = (w - mean) / sqrt(var + 1e-5), biased variance (Qiao et al., arXiv 1903.10520).
/// Batch norm: w' = w * gamma / sqrt(var + eps), b' = beta + (b - mean) * gamma / sqrt(var + eps). Both in double.
Result<Feature> conv2d(Build build, const Feature& input, const ConvLayer& layer);

/// y = x W^T + b over the last axis, torch.nn.Linear: MatMul and Add.
/// scale multiplies weight and bias beforehand.
struct LinearLayer {
  std::string path;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  bool bias = true;
  double scale = 1;
};
Result<std::string> linear(Build build, const std::string& input, const LinearLayer& layer);

Feature relu(Build build, const Feature& input, const std::string& path);

/// The tensor with its two axes swapped: [rows, columns] -> [columns, rows].
Result<Tensor> transposed(const Tensor& matrix);

}  // namespace tandem::convert
