// SPDX-License-Identifier: Apache-2.0
// Sizes follow PyTorch: a window over the edge counts only where it begins inside (ceil_mode).
#include "convert/layers/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "convert/layers/linear.h"

namespace tandem::convert {
namespace {

std::int64_t pool_size(std::int64_t size, const PoolLayer& layer, std::int64_t HeightWidth::* side) {
  const std::int64_t stride = layer.stride.*side;
  const std::int64_t room = size + 2 * (layer.padding.*side) - layer.kernel.*side;
  if (room < 0) return 0;
  std::int64_t count = (room + (layer.ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (layer.ceil_mode && (count - 1) * stride >= size + layer.padding.*side) --count;
  return count;
}

/// The padding at the end that makes ONNX count the windows that PyTorch counts; ONNX's ceil_mode does not in all
/// cases.
std::int64_t end_padding(std::int64_t size, std::int64_t count, const PoolLayer& layer,
                         std::int64_t HeightWidth::* side) {
  const std::int64_t reach = (count - 1) * (layer.stride.*side) + layer.kernel.*side;
  return std::max(layer.padding.*side, reach - size - layer.padding.*side);
}

struct Pool {
  Feature output;
  Attributes attributes;
};

Result<Pool> plan(const Feature& input, const PoolLayer& layer) {
  const std::int64_t height = pool_size(input.height, layer, &HeightWidth::height);
  const std::int64_t width = pool_size(input.width, layer, &HeightWidth::width);
  if (height < 1 || width < 1) return invalid_argument(fmt::format("the image is too small for '{}'", layer.path));
  const std::vector<std::int64_t> pads = {layer.padding.height, layer.padding.width,
                                          end_padding(input.height, height, layer, &HeightWidth::height),
                                          end_padding(input.width, width, layer, &HeightWidth::width)};
  return Pool{{"", input.channels, height, width},
              attributes("kernel_shape", layer.kernel.dims(), "strides", layer.stride.dims(), "pads", pads)};
}

/// The matrix of the windows: float32 [size, inputs], each row sums to 1.
Result<Tensor> window_matrix(std::int64_t inputs, std::int64_t size) {
  Tensor matrix = TRY(Tensor::allocate(DType::kFloat32, {size, inputs}));
  const auto values = matrix.mutable_values<float>();
  for (std::int64_t row = 0; row < size; ++row) {
    const std::int64_t begin = row * inputs / size;
    const std::int64_t end = ((row + 1) * inputs + size - 1) / size;
    for (std::int64_t column = 0; column < inputs; ++column) {
      const bool inside = column >= begin && column < end;
      values[static_cast<std::size_t>(row * inputs + column)] = inside ? 1.0F / static_cast<float>(end - begin) : 0.0F;
    }
  }
  return matrix;
}

}  // namespace

Result<Feature> max_pool(Build build, const Feature& input, const PoolLayer& layer) {
  Pool pool = TRY(plan(input, layer));
  pool.output.value = build.graph.add("MaxPool", {input.value}, layer.path, std::move(pool.attributes));
  return std::move(pool.output);
}

Result<Feature> average_pool(Build build, const Feature& input, const PoolLayer& layer) {
  CHECK(!layer.ceil_mode || !layer.count_include_pad);
  Pool pool = TRY(plan(input, layer));
  pool.attributes.insert_or_assign("count_include_pad", std::int64_t{layer.count_include_pad ? 1 : 0});
  pool.output.value = build.graph.add("AveragePool", {input.value}, layer.path, std::move(pool.attributes));
  return std::move(pool.output);
}

Feature global_average_pool(Build build, const Feature& input, const std::string& path) {
  return {build.graph.add("GlobalAveragePool", {input.value}, path), input.channels, 1, 1};
}

Result<Feature> adaptive_average_pool(Build build, const Feature& input, HeightWidth size, const std::string& path) {
  if (size == HeightWidth(1)) return global_average_pool(build, input, path);
  if (size == HeightWidth(input.height, input.width)) return input;
  if (input.height % size.height == 0 && input.width % size.width == 0) {
    const HeightWidth window{input.height / size.height, input.width / size.width};
    return average_pool(build, input, {.path = path, .kernel = window, .stride = window});
  }
  GraphBuilder& graph = build.graph;
  const std::string rows = graph.weight(path + ".rows", TRY(window_matrix(input.height, size.height)));
  const Tensor windows = TRY(window_matrix(input.width, size.width));
  const std::string columns = graph.weight(path + ".columns", TRY(transposed(windows)));
  const std::string tall = graph.add("MatMul", {input.value, columns}, path + ".tall");
  return Feature{graph.add("MatMul", {rows, tall}, path), input.channels, size.height, size.width};
}

}  // namespace tandem::convert
