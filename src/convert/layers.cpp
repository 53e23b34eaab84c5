// SPDX-License-Identifier: Apache-2.0
// Folding is done in double precision and rounded once.
#include "convert/layers.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace tandem::convert {
namespace {

/// The kernel and bias of a convolution while things are folded into them.
struct Kernel {
  std::vector<double> weight;  // [outputs, per_output]
  std::vector<double> bias;    // [outputs]
  std::size_t per_output = 0;

  std::span<double> row(std::size_t output) { return std::span(weight).subspan(output * per_output, per_output); }
};

std::vector<double> as_doubles(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

Result<Tensor> as_tensor(Shape shape, const std::vector<double>& values) {
  Tensor tensor = TRY(Tensor::allocate(DType::kFloat32, std::move(shape)));
  std::transform(values.begin(), values.end(), tensor.mutable_values<float>().begin(),
                 [](double value) { return static_cast<float>(value); });
  return tensor;
}

void standardize(Kernel& kernel) {
  constexpr double kEpsilon = 1e-5;
  for (std::size_t output = 0; output < kernel.bias.size(); ++output) {
    const auto row = kernel.row(output);
    const auto count = static_cast<double>(row.size());
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / count;
    const double variance =
        std::accumulate(row.begin(), row.end(), 0.0,
                        [mean](double sum, double value) { return sum + (value - mean) * (value - mean); }) /
        count;
    for (double& value : row) value = (value - mean) / std::sqrt(variance + kEpsilon);
  }
}

Status fold_batch_norm(Weights& weights, const ConvLayer& layer, Kernel& kernel) {
  const Shape shape{layer.outputs};
  const auto gamma = as_doubles(TRY(weights.take(layer.batch_norm + ".weight", shape)));
  const auto beta = as_doubles(TRY(weights.take(layer.batch_norm + ".bias", shape)));
  const auto mean = as_doubles(TRY(weights.take(layer.batch_norm + ".running_mean", shape)));
  const auto variance = as_doubles(TRY(weights.take(layer.batch_norm + ".running_var", shape)));
  for (std::size_t output = 0; output < kernel.bias.size(); ++output) {
    if (variance[output] < 0) {
      return invalid_argument(fmt::format("'{}.running_var' holds a negative variance", layer.batch_norm));
    }
    const double scale = gamma[output] / std::sqrt(variance[output] + layer.epsilon);
    for (double& value : kernel.row(output)) value *= scale;
    kernel.bias[output] = beta[output] + (kernel.bias[output] - mean[output]) * scale;
  }
  return {};
}

std::vector<std::int64_t> repeat(std::int64_t value, std::size_t count) {
  return std::vector<std::int64_t>(count, value);
}

std::int64_t conv_size(std::int64_t size, const ConvLayer& layer) {
  return (size + 2 * layer.padding - layer.kernel) / layer.stride + 1;
}

/// The names of the weight and, where there is one, the bias.
Result<std::vector<std::string>> conv_weights(Build build, const Shape& shape, const ConvLayer& layer) {
  Tensor weight = TRY(build.weights.take(layer.path + ".weight", shape));
  const bool folds = layer.standardized || !layer.batch_norm.empty();
  if (!folds) {
    std::vector<std::string> names = {build.graph.weight(layer.path + ".weight", std::move(weight))};
    if (layer.bias) {
      Tensor bias = TRY(build.weights.take(layer.path + ".bias", {layer.outputs}));
      names.push_back(build.graph.weight(layer.path + ".bias", std::move(bias)));
    }
    return names;
  }
  Kernel kernel{as_doubles(weight), std::vector<double>(static_cast<std::size_t>(layer.outputs)),
                weight.element_count() / static_cast<std::size_t>(layer.outputs)};
  if (layer.bias) kernel.bias = as_doubles(TRY(build.weights.take(layer.path + ".bias", {layer.outputs})));
  if (layer.standardized) standardize(kernel);
  if (!layer.batch_norm.empty()) TRY(fold_batch_norm(build.weights, layer, kernel));
  Tensor filters = TRY(as_tensor(shape, kernel.weight));
  std::vector<std::string> names = {build.graph.weight(layer.path + ".weight", std::move(filters))};
  if (layer.bias || !layer.batch_norm.empty()) {
    names.push_back(build.graph.weight(layer.path + ".bias", TRY(as_tensor({layer.outputs}, kernel.bias))));
  }
  return names;
}

}  // namespace

Result<Feature> conv2d(Build build, const Feature& input, const ConvLayer& layer) {
  const Shape shape{layer.outputs, input.channels / layer.groups, layer.kernel, layer.kernel};
  std::vector<std::string> inputs = {input.value};
  for (std::string& name : TRY(conv_weights(build, shape, layer))) inputs.push_back(std::move(name));
  Feature output{"", layer.outputs, conv_size(input.height, layer), conv_size(input.width, layer)};
  if (output.height < 1 || output.width < 1) {
    return invalid_argument(fmt::format("the image is too small for '{}'", layer.path));
  }
  output.value = build.graph.add("Conv", std::move(inputs), layer.path,
                                 attributes("kernel_shape", repeat(layer.kernel, 2), "strides", repeat(layer.stride, 2),
                                            "pads", repeat(layer.padding, 4), "group", layer.groups));
  return output;
}

Result<Tensor> transposed(const Tensor& matrix) {
  const std::int64_t rows = matrix.shape()[0];
  const std::int64_t columns = matrix.shape()[1];
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {columns, rows}));
  const auto from = matrix.values<float>();
  const auto to = result.mutable_values<float>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      to[static_cast<std::size_t>(column * rows + row)] = from[static_cast<std::size_t>(row * columns + column)];
    }
  }
  return result;
}

Result<std::string> linear(Build build, const std::string& input, const LinearLayer& layer) {
  const auto scaled = [&](Tensor tensor) -> Result<Tensor> {
    if (layer.scale == 1) return tensor;
    std::vector<double> values = as_doubles(tensor);
    for (double& value : values) value *= layer.scale;
    return as_tensor(tensor.shape(), values);
  };
  Tensor weight = TRY(scaled(TRY(build.weights.take(layer.path + ".weight", {layer.outputs, layer.inputs}))));
  const std::string name = build.graph.weight(layer.path + ".weight", TRY(transposed(weight)));
  std::string product = build.graph.add("MatMul", {input, name}, layer.path);
  if (!layer.bias) return product;
  Tensor bias = TRY(scaled(TRY(build.weights.take(layer.path + ".bias", {layer.outputs}))));
  return build.graph.add("Add", {product, build.graph.weight(layer.path + ".bias", std::move(bias))},
                         layer.path + ".add");
}

Feature relu(Build build, const Feature& input, const std::string& path) {
  Feature output = input;
  output.value = build.graph.add("Relu", {input.value}, path);
  return output;
}

}  // namespace tandem::convert
