// SPDX-License-Identifier: Apache-2.0
// PyTorch keeps W as [outputs, inputs]; MatMul wants it the other way round, Gemm either way.
#include "convert/layers/linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "base/check.h"

namespace tandem::convert {
namespace {

constexpr std::size_t kTile = 16;        // a cache line of floats
constexpr std::size_t kLarge = 1 << 20;  // numbers of a matrix that is worth a thread

/// A part of at most kTile rows and columns, by way of a small block: lines of the cache are read and written whole,
/// although rows that lie a multiple of 4 KiB apart would drive each other out of it.
struct Tile {
  std::size_t top = 0, left = 0;
  std::size_t rows = kTile, columns = kTile;
};

/// Scaled in double, rounded once.
float scaled(float value, double scale) {
  return scale == 1 ? value : static_cast<float>(static_cast<double>(value) * scale);
}

void transpose_tile(const Tensor& matrix, double scale, const Tile& tile, std::span<float> to) {
  const auto from = matrix.values<float>();
  const auto all_rows = static_cast<std::size_t>(matrix.shape()[0]);
  const auto all_columns = static_cast<std::size_t>(matrix.shape()[1]);
  std::array<float, kTile * kTile> block;
  for (std::size_t row = 0; row < tile.rows; ++row) {
    const float* line = from.data() + (tile.top + row) * all_columns + tile.left;
    for (std::size_t column = 0; column < tile.columns; ++column) {
      block[column * kTile + row] = scaled(line[column], scale);
    }
  }
  for (std::size_t column = 0; column < tile.columns; ++column) {
    std::memcpy(to.data() + (tile.left + column) * all_rows + tile.top, block.data() + column * kTile,
                tile.rows * sizeof(float));
  }
}

/// The columns from `left` to before `right`, which are rows of the result: two threads that take different ones touch
/// different pages of it.
void transpose_columns(const Tensor& matrix, double scale, std::size_t left, std::size_t right, std::span<float> to) {
  const auto rows = static_cast<std::size_t>(matrix.shape()[0]);
  for (std::size_t top = 0; top < rows; top += kTile) {
    for (std::size_t at = left; at < right; at += kTile) {
      transpose_tile(matrix, scale, {top, at, std::min(kTile, rows - top), std::min(kTile, right - at)}, to);
    }
  }
}

Result<Tensor> scaled(const Tensor& tensor, double scale) {
  if (scale == 1) return tensor.view();
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, tensor.shape()));
  std::ranges::transform(tensor.values<float>(), result.mutable_values<float>().begin(),
                         [scale](float value) { return scaled(value, scale); });
  return result;
}

}  // namespace

Result<Tensor> transposed(const Tensor& matrix, double scale) {
  const auto rows = static_cast<std::size_t>(matrix.shape()[0]);
  const auto columns = static_cast<std::size_t>(matrix.shape()[1]);
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {matrix.shape()[1], matrix.shape()[0]}));
  const auto to = result.mutable_values<float>();
  const std::size_t half = rows * columns < kLarge ? 0 : columns / 2 / kTile * kTile;
  std::jthread other;
  if (half > 0) other = std::jthread([&, to] { transpose_columns(matrix, scale, 0, half, to); });
  transpose_columns(matrix, scale, half, columns, to);
  if (other.joinable()) other.join();
  return result;
}

Result<std::string> project(Build build, const std::string& input, const Projection& projection) {
  const std::string& path = projection.path;
  Tensor weight = TRY(transposed(projection.weight, projection.scale));
  const std::string name = build.graph.weight(path + ".weight", std::move(weight));
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
