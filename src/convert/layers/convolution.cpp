// SPDX-License-Identifier: Apache-2.0
// Folding is done in double precision and rounded once.
#include "convert/layers/convolution.h"

#include <fmt/format.h>

#include <algorithm>
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

/// How many channels come out: the first that tells is the weight, then what is as long as it is wide.
Result<std::int64_t> count_outputs(const Weights& weights, const ConvLayer& layer) {
  if (layer.outputs > 0) return layer.outputs;
  if (weights.has(layer.path + ".weight")) return weights.dim(layer.path + ".weight", 4, 0);
  if (!layer.batch_norm.empty() && weights.has(layer.batch_norm + ".weight")) {
    return weights.dim(layer.batch_norm + ".weight", 1, 0);
  }
  if (layer.bias && weights.has(layer.path + ".bias")) return weights.dim(layer.path + ".bias", 1, 0);
  return weights.dim(layer.path + ".weight", 4, 0);
}

/// What 0 stands for, filled in.
Result<ConvLayer> completed(const Weights& weights, const Feature& input, ConvLayer layer) {
  layer.outputs = TRY(count_outputs(weights, layer));
  if (layer.groups == 0) layer.groups = input.channels;
  if (input.channels % layer.groups == 0 && layer.outputs % layer.groups == 0) return layer;
  return invalid_argument(fmt::format("'{}' takes {} channels to {} in {} groups, which do not divide them", layer.path,
                                      input.channels, layer.outputs, layer.groups));
}

std::int64_t conv_size(std::int64_t size, const ConvLayer& layer, std::int64_t HeightWidth::* side) {
  const std::int64_t reach = layer.dilation.*side * (layer.kernel.*side - 1) + 1;
  return (size + 2 * (layer.padding.*side) - reach) / (layer.stride.*side) + 1;
}

}  // namespace

Result<Feature> conv2d(Build build, const Feature& input, const ConvLayer& asked) {
  const ConvLayer layer = TRY(completed(build.weights, input, asked));
  const Shape shape{layer.outputs, input.channels / layer.groups, layer.kernel.height, layer.kernel.width};
  std::vector<std::string> inputs = {input.value};
  for (std::string& name : TRY(conv_weights(build, shape, layer))) inputs.push_back(std::move(name));
  Feature output{"", layer.outputs, conv_size(input.height, layer, &HeightWidth::height),
                 conv_size(input.width, layer, &HeightWidth::width)};
  if (output.height < 1 || output.width < 1) {
    return invalid_argument(fmt::format("the image is too small for '{}'", layer.path));
  }
  Attributes made = attributes("kernel_shape", layer.kernel.dims(), "strides", layer.stride.dims(), "pads",
                               layer.padding.pads(), "group", layer.groups);
  if (layer.dilation != HeightWidth(1)) made.insert_or_assign("dilations", layer.dilation.dims());
  output.value = build.graph.add("Conv", std::move(inputs), layer.path, std::move(made));
  return output;
}

Result<Feature> conv_transpose2d(Build build, const Feature& input, const ConvTransposeLayer& layer) {
  const std::int64_t outputs = layer.outputs > 0 ? layer.outputs : TRY(build.weights.dim(layer.path + ".weight", 4, 1));
  Tensor weight = TRY(
      build.weights.take(layer.path + ".weight", {input.channels, outputs, layer.kernel.height, layer.kernel.width}));
  std::vector<std::string> inputs = {input.value, build.graph.weight(layer.path + ".weight", std::move(weight))};
  if (layer.bias) {
    Tensor bias = TRY(build.weights.take(layer.path + ".bias", {outputs}));
    inputs.push_back(build.graph.weight(layer.path + ".bias", std::move(bias)));
  }
  const auto size = [&](std::int64_t before, std::int64_t HeightWidth::* side) {
    return (before - 1) * (layer.stride.*side) - 2 * (layer.padding.*side) + layer.kernel.*side +
           layer.output_padding.*side;
  };
  Feature output{"", outputs, size(input.height, &HeightWidth::height), size(input.width, &HeightWidth::width)};
  if (output.height < 1 || output.width < 1) {
    return invalid_argument(fmt::format("the image is too small for '{}'", layer.path));
  }
  output.value = build.graph.add("ConvTranspose", std::move(inputs), layer.path,
                                 attributes("kernel_shape", layer.kernel.dims(), "strides", layer.stride.dims(), "pads",
                                            layer.padding.pads(), "output_padding", layer.output_padding.dims()));
  return output;
}

}  // namespace tandem::convert
