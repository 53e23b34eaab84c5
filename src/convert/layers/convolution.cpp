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

/// What is folded into the filters and the bias of a convolution.
struct Folding {
  std::vector<double> scale;  // [outputs]
  std::vector<double> bias;   // [outputs]
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

void standardize(std::span<double> filter) {
  constexpr double kEpsilon = 1e-5;
  const auto count = static_cast<double>(filter.size());
  const double mean = std::accumulate(filter.begin(), filter.end(), 0.0) / count;
  const double variance =
      std::accumulate(filter.begin(), filter.end(), 0.0,
                      [mean](double sum, double value) { return sum + (value - mean) * (value - mean); }) /
      count;
  for (double& value : filter) value = (value - mean) / std::sqrt(variance + kEpsilon);
}

Status fold_batch_norm(Weights& weights, const ConvLayer& layer, Folding& folding) {
  const Shape shape{layer.outputs};
  const auto gamma = as_doubles(TRY(weights.take(layer.batch_norm + ".weight", shape)));
  const auto beta = as_doubles(TRY(weights.take(layer.batch_norm + ".bias", shape)));
  const auto mean = as_doubles(TRY(weights.take(layer.batch_norm + ".running_mean", shape)));
  const auto variance = as_doubles(TRY(weights.take(layer.batch_norm + ".running_var", shape)));
  for (std::size_t output = 0; output < folding.bias.size(); ++output) {
    if (variance[output] < 0) {
      return invalid_argument(fmt::format("'{}.running_var' holds a negative variance", layer.batch_norm));
    }
    folding.scale[output] = gamma[output] / std::sqrt(variance[output] + layer.epsilon);
    folding.bias[output] = beta[output] + (folding.bias[output] - mean[output]) * folding.scale[output];
  }
  return {};
}

/// One filter at a time: all of them in double precision would take twice the memory of the weights.
Result<Tensor> fold_filters(const Tensor& weight, const Folding& folding, bool standardized) {
  Tensor filters = TRY(Tensor::allocate(DType::kFloat32, weight.shape()));
  const std::size_t outputs = folding.scale.size();
  const std::size_t size = weight.element_count() / outputs;
  std::vector<double> filter(size);
  for (std::size_t output = 0; output < outputs; ++output) {
    const auto from = weight.values<float>().subspan(output * size, size);
    const auto to = filters.mutable_values<float>().subspan(output * size, size);
    std::copy(from.begin(), from.end(), filter.begin());
    if (standardized) standardize(filter);
    const double scale = folding.scale[output];
    std::transform(filter.begin(), filter.end(), to.begin(),
                   [scale](double value) { return static_cast<float>(value * scale); });
  }
  return filters;
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
  const auto outputs = static_cast<std::size_t>(layer.outputs);
  Folding folding{std::vector<double>(outputs, 1), std::vector<double>(outputs)};
  if (layer.bias) folding.bias = as_doubles(TRY(build.weights.take(layer.path + ".bias", {layer.outputs})));
  if (!layer.batch_norm.empty()) TRY(fold_batch_norm(build.weights, layer, folding));
  Tensor filters = TRY(fold_filters(weight, folding, layer.standardized));
  build.weights.done_with(weight);
  std::vector<std::string> names = {build.graph.weight(layer.path + ".weight", std::move(filters))};
  if (layer.bias || !layer.batch_norm.empty()) {
    names.push_back(build.graph.weight(layer.path + ".bias", TRY(as_tensor({layer.outputs}, folding.bias))));
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
