// SPDX-License-Identifier: Apache-2.0
// Convolutions: Keras keeps kernels as [sizes, inputs, outputs], ONNX as [outputs, inputs, sizes].
#include <fmt/format.h>

#include <array>
#include <numeric>

#include "convert/keras/image.h"

namespace tandem::convert::keras {
namespace {

/// A kernel's shape: its sizes, then the two numbers.
Shape kernel_shape(const Dims& sizes, std::int64_t first, std::int64_t second) {
  std::vector<std::int64_t> dims(sizes);
  dims.push_back(first);
  dims.push_back(second);
  return Shape(std::move(dims));
}

/// [sizes, a, b] as [b, a, sizes].
Result<Tensor> kernel_to_onnx(const Tensor& kernel) {
  const std::size_t rank = kernel.shape().rank();
  std::vector<std::size_t> order = {rank - 1, rank - 2};
  for (std::size_t i = 0; i + 2 < rank; ++i) order.push_back(i);
  return permuted(kernel, order);
}

/// [sizes, channels, multiplier] as [channels * multiplier, 1, sizes].
Result<Tensor> depthwise_to_onnx(const Tensor& kernel) {
  const std::size_t rank = kernel.shape().rank();
  std::vector<std::size_t> order = {rank - 2, rank - 1};
  for (std::size_t i = 0; i + 2 < rank; ++i) order.push_back(i);
  Tensor filters = TRY(permuted(kernel, order));
  std::vector<std::int64_t> dims = {filters.shape()[0] * filters.shape()[1], 1};
  dims.insert(dims.end(), filters.shape().dims().begin() + 2, filters.shape().dims().end());
  return std::move(filters).reshaped(Shape(std::move(dims)));
}

/// What a convolution is applied with; `bias` may be "".
struct Filters {
  std::string kernel;
  std::string bias;
  std::int64_t outputs = 0;
  std::int64_t groups = 1;
};

Result<std::string> take_bias(LayerCall& call, std::int64_t outputs) {
  if (!TRY(call.settings().flag("use_bias", true))) return std::string();
  return call.graph.weight(call.path + ".bias", TRY(call.weights.take({outputs})));
}

Result<Value> convolve(LayerCall& call, const Image& image, const Window& window, const Filters& filters) {
  Dims sizes = TRY(window_sizes(window, image));
  Attributes made = window_attributes(window, image);
  if (filters.groups != 1) made.insert_or_assign("group", filters.groups);
  std::vector<std::string> inputs = {image.value.name, filters.kernel};
  if (!filters.bias.empty()) inputs.push_back(filters.bias);
  const std::string name = call.builder().add("Conv", std::move(inputs), call.path, std::move(made));
  return image_result(image, name, filters.outputs, std::move(sizes));
}

Result<std::vector<Value>> activated(LayerCall& call, const Value& value) {
  return only(TRY(activation(call.graph, value, call.settings().at("activation"), call.path + ".activation")));
}

Status expect_known_channels(const Image& image) {
  if (image.channels >= 1) return {};
  return invalid_argument("the number of channels is not known");
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_conv(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  TRY(expect_known_channels(image));
  const Window window = TRY(read_window(call.settings(), "kernel_size", kAxes));
  Filters filters;
  filters.outputs = TRY(call.settings().positive("filters"));
  filters.groups = TRY(call.settings().integer("groups", 1));
  if (filters.groups < 1 || image.channels % filters.groups != 0) {
    return invalid_argument(fmt::format("{} channels cannot be put into {} groups", image.channels, filters.groups));
  }
  const Shape shape = kernel_shape(window.kernel, image.channels / filters.groups, filters.outputs);
  const Tensor kernel = TRY(call.weights.take(shape));
  filters.kernel = call.graph.weight(call.path + ".kernel", TRY(kernel_to_onnx(kernel)));
  filters.bias = TRY(take_bias(call, filters.outputs));
  return activated(call, TRY(convolve(call, image, window, filters)));
}

/// The filters of one channel each. Its bias is the layer's own unless a pointwise convolution follows.
Result<Filters> take_depthwise(LayerCall& call, const Image& image, const Window& window) {
  TRY(expect_known_channels(image));
  const std::int64_t multiplier = TRY(call.settings().integer("depth_multiplier", 1));
  if (multiplier < 1) return invalid_argument("the depth multiplier is below 1");
  Filters filters;
  filters.outputs = image.channels * multiplier;
  filters.groups = image.channels;
  const Tensor kernel = TRY(call.weights.take(kernel_shape(window.kernel, image.channels, multiplier)));
  filters.kernel = call.graph.weight(call.path + ".depthwise_kernel", TRY(depthwise_to_onnx(kernel)));
  return filters;
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_depthwise(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  const Window window = TRY(read_window(call.settings(), "kernel_size", kAxes));
  Filters filters = TRY(take_depthwise(call, image, window));
  filters.bias = TRY(take_bias(call, filters.outputs));
  return activated(call, TRY(convolve(call, image, window, filters)));
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_separable(LayerCall& call) {
  Image image = TRY(image_input(call, kAxes));
  const Window window = TRY(read_window(call.settings(), "kernel_size", kAxes));
  const Filters depthwise = TRY(take_depthwise(call, image, window));
  image.value = TRY(convolve(call, image, window, depthwise));
  image.channels = depthwise.outputs;
  const Value& value = image.value;
  image.sizes.assign(value.dims.begin() + (image.keras_channels_first ? 2 : 1),
                     value.dims.end() - (image.keras_channels_first ? 0 : 1));
  const Dims ones(kAxes, 1);
  const Window point{ones, ones, ones, Padding::kValid};
  Filters filters;
  filters.outputs = TRY(call.settings().positive("filters"));
  const Tensor kernel = TRY(call.weights.take(kernel_shape(ones, image.channels, filters.outputs)));
  filters.kernel = call.graph.weight(call.path + ".pointwise_kernel", TRY(kernel_to_onnx(kernel)));
  filters.bias = TRY(take_bias(call, filters.outputs));
  return activated(call, TRY(convolve(call, image, point, filters)));
}

/// How a transposed convolution's result is cut: pads where it is too large, output_padding where it is too small.
struct Cut {
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> output_padding;
  Dims sizes;
};

/// With n inputs Keras' result has, along an axis, n * stride values for "same" and n * stride + max(kernel - stride,
/// 0) for "valid"; with output_padding (n - 1) * stride + kernel - 2 * pad + output_padding, pad = kernel / 2 for
/// "same". The transposed convolution itself gives (n - 1) * stride + kernel.
Result<Cut> transposed_cut(const ConfigValue& settings, const Window& window, const Image& image) {
  const std::size_t axes = window.kernel.size();
  const bool same = window.padding == Padding::kSame;
  const bool told = settings.has("output_padding");
  std::vector<std::int64_t> told_padding(axes, 0);
  if (told) told_padding = TRY(settings.integers("output_padding"));
  if (told_padding.size() == 1) told_padding.resize(axes, told_padding.front());
  if (told_padding.size() != axes) return invalid_argument("'output_padding' does not have one number an axis");
  Cut cut{std::vector<std::int64_t>(2 * axes, 0), std::vector<std::int64_t>(axes, 0), {}};
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t stride = window.strides[axis];
    const std::int64_t kernel = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
    std::int64_t surplus = same ? kernel - stride : std::min<std::int64_t>(kernel - stride, 0);
    if (told) surplus = (same ? kernel / 2 * 2 : 0) - told_padding[axis];
    const std::int64_t size = image.sizes[axis];
    cut.sizes.push_back(size < 0 ? -1 : (size - 1) * stride + kernel - surplus);
    if (surplus < 0) {
      cut.output_padding[axis] = -surplus;
    } else {
      cut.pads[axis] = surplus / 2;
      cut.pads[axes + axis] = surplus - surplus / 2;
    }
    if (size >= 0 && cut.sizes.back() < 1) return invalid_argument("nothing is left of the transposed convolution");
  }
  return cut;
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_conv_transpose(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  TRY(expect_known_channels(image));
  const Window window = TRY(read_window(call.settings(), "kernel_size", kAxes));
  if (window.padding == Padding::kCausal) return invalid_argument("a transposed convolution is never causal");
  const std::int64_t outputs = TRY(call.settings().positive("filters"));
  Cut cut = TRY(transposed_cut(call.settings(), window, image));
  // Keras keeps [sizes, outputs, inputs], ONNX [inputs, outputs, sizes].
  const Tensor kernel = TRY(call.weights.take(kernel_shape(window.kernel, outputs, image.channels)));
  Tensor onnx_kernel = TRY(kernel_to_onnx(kernel));
  std::vector<std::string> inputs = {image.value.name,
                                     call.graph.weight(call.path + ".kernel", std::move(onnx_kernel))};
  const std::string bias = TRY(take_bias(call, outputs));
  if (!bias.empty()) inputs.push_back(bias);
  Attributes made = attributes("kernel_shape", window.kernel, "strides", window.strides, "dilations", window.dilations,
                               "pads", std::move(cut.pads), "output_padding", std::move(cut.output_padding));
  const std::string name = call.builder().add("ConvTranspose", std::move(inputs), call.path, std::move(made));
  return activated(call, image_result(image, name, outputs, std::move(cut.sizes)));
}

constexpr std::array<LayerClass, 13> kConvolutionLayers = {{{"Conv1D", build_conv<1>},
                                                            {"Conv2D", build_conv<2>},
                                                            {"Conv3D", build_conv<3>},
                                                            {"Convolution1D", build_conv<1>},
                                                            {"Convolution2D", build_conv<2>},
                                                            {"Convolution3D", build_conv<3>},
                                                            {"DepthwiseConv1D", build_depthwise<1>},
                                                            {"DepthwiseConv2D", build_depthwise<2>},
                                                            {"SeparableConv1D", build_separable<1>},
                                                            {"SeparableConv2D", build_separable<2>},
                                                            {"Conv1DTranspose", build_conv_transpose<1>},
                                                            {"Conv2DTranspose", build_conv_transpose<2>},
                                                            {"Conv3DTranspose", build_conv_transpose<3>}}};

}  // namespace

std::span<const LayerClass> convolution_layers() { return kConvolutionLayers; }

}  // namespace tandem::convert::keras
