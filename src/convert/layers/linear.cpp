// SPDX-License-Identifier: Apache-2.0
// PyTorch keeps W as [outputs, inputs]; MatMul wants it the other way round, Gemm either way.
#include "convert/layers/linear.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace tandem::convert {
namespace {

/// Scaled in double, rounded once.
Result<Tensor> scaled(const Tensor& tensor, double scale) {
  if (scale == 1) return tensor.view();
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, tensor.shape()));
  std::ranges::transform(tensor.values<float>(), result.mutable_values<float>().begin(),
                         [scale](float value) { return static_cast<float>(static_cast<double>(value) * scale); });
  return result;
}

}  // namespace

Result<Tensor> transposed(const Tensor& matrix) {
  const std::int64_t rows = matrix.shape()[0];
  const std::int64_t columns = matrix.shape()[1];
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {columns, rows}));
  const auto from = matrix.values<float>();
  const auto to = result.mutable_values<float>();
  constexpr std::int64_t kTile = 32;  // both tiles lie in the first cache
  for (std::int64_t top = 0; top < rows; top += kTile) {
    for (std::int64_t left = 0; left < columns; left += kTile) {
      for (std::int64_t row = top; row < std::min(rows, top + kTile); ++row) {
        for (std::int64_t column = left; column < std::min(columns, left + kTile); ++column) {
          to[static_cast<std::size_t>(column * rows + row)] = from[static_cast<std::size_t>(row * columns + column)];
        }
      }
    }
  }
  return result;
}

Result<std::string> project(Build build, const std::string& input, const Projection& projection) {
  const std::string& path = projection.path;
  const Tensor weight = TRY(scaled(projection.weight, projection.scale));
  const std::string name = build.graph.weight(path + ".weight", TRY(transposed(weight)));
  build.weights.done_with(projection.weight);
  std::string product = build.graph.add("MatMul", {input, name}, path);
  if (projection.bias.empty()) return product;
  const std::string bias = build.graph.weight(path + ".bias", TRY(scaled(projection.bias, projection.scale)));
  return build.graph.add("Add", {product, bias}, path + ".add");
}

Result<std::string> linear(Build build, const std::string& input, const LinearLayer& layer) {
  Projection projection{layer.path, {}, {}, layer.scale};
  projection.weight = TRY(build.weights.take(layer.path + ".weight", {layer.outputs, layer.inputs}));
  if (layer.bias) projection.bias = TRY(build.weights.take(layer.path + ".bias", {layer.outputs}));
  return project(build, input, projection);
}

Result<std::string> dense(Build build, const std::string& input, const LinearLayer& layer) {
  CHECK(layer.scale == 1);
  Tensor weight = TRY(build.weights.take(layer.path + ".weight", {layer.outputs, layer.inputs}));
  std::vector<std::string> inputs = {input, build.graph.weight(layer.path + ".weight", std::move(weight))};
  if (layer.bias) {
    Tensor bias = TRY(build.weights.take(layer.path + ".bias", {layer.outputs}));
    inputs.push_back(build.graph.weight(layer.path + ".bias", std::move(bias)));
  }
  return build.graph.add("Gemm", std::move(inputs), layer.path, attributes("transB", std::int64_t{1}));
}

}  // namespace tandem::convert
