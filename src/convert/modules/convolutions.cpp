// SPDX-License-Identifier: Apache-2.0
// torch.nn.Conv1d to ConvTranspose3d, Linear and Embedding.
#include <fmt/format.h>

#include <array>

#include "convert/layers.h"
#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

/// What both kinds of convolutions are set to, an entry an axis of the image.
struct Kernel {
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> begin;  // padding
  std::vector<std::int64_t> end;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t groups = 1;

  std::vector<std::int64_t> pads() const {
    std::vector<std::int64_t> all = begin;
    all.insert(all.end(), end.begin(), end.end());
    return all;
  }
};

Status read_padding(const ModuleLayer& layer, Kernel& kernel) {
  const std::size_t axes = kernel.size.size();
  const auto* word = layer.module.setting<std::string>("padding");
  if (word == nullptr) {
    kernel.begin = kernel.end = TRY(layer.numbers("padding", axes, 0));
    return {};
  }
  kernel.begin = kernel.end = std::vector<std::int64_t>(axes, 0);
  if (*word == "valid") return {};
  if (*word != "same") return layer.refuse(fmt::format("has the padding '{}'; valid and same are known", *word));
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t total = kernel.dilation[axis] * (kernel.size[axis] - 1);
    kernel.begin[axis] = total / 2;
    kernel.end[axis] = total - total / 2;
  }
  return {};
}

Result<Kernel> read_kernel(const ModuleLayer& layer, std::size_t axes) {
  Kernel kernel;
  kernel.size = TRY(layer.numbers("kernel_size", axes, 0));
  kernel.stride = TRY(layer.numbers("stride", axes, 1));
  kernel.dilation = TRY(layer.numbers("dilation", axes, 1));
  kernel.inputs = TRY(layer.integer("in_channels", 0));
  kernel.outputs = TRY(layer.integer("out_channels", 0));
  kernel.groups = TRY(layer.integer("groups", 1));
  const bool divides = kernel.groups > 0 && kernel.inputs > 0 && kernel.outputs > 0 &&
                       kernel.inputs % kernel.groups == 0 && kernel.outputs % kernel.groups == 0;
  if (!divides) return layer.refuse("has channels that its groups do not divide");
  for (std::size_t axis = 0; axis < axes; ++axis) {  // in bounds before anything is computed with them
    TRY(window_size(layer, -1, {kernel.size[axis], kernel.stride[axis], 0, kernel.dilation[axis], false}));
  }
  TRY(read_padding(layer, kernel));
  const auto* mode = layer.module.setting<std::string>("padding_mode");
  if (mode != nullptr && *mode != "zeros") {
    return layer.refuse(fmt::format("pads with '{}'; only zeros are known", *mode));
  }
  return kernel;
}

Attributes kernel_attributes(const Kernel& kernel) {
  return attributes("kernel_shape", kernel.size, "strides", kernel.stride, "dilations", kernel.dilation, "pads",
                    kernel.pads(), "group", kernel.groups);
}

Result<std::vector<std::string>> kernel_inputs(const ModuleLayer& layer, const Flow& flow, const Kernel& kernel,
                                               Shape shape) {
  std::vector<std::int64_t> dims = shape.dims();
  dims.insert(dims.end(), kernel.size.begin(), kernel.size.end());
  const std::string weight = TRY(layer.weight("weight", Shape(std::move(dims))));
  std::vector<std::string> inputs = {flow.value, weight};
  if (layer.has("bias")) inputs.push_back(TRY(layer.weight("bias", Shape{kernel.outputs})));
  return inputs;
}

template <std::size_t kAxes>
Status convolution(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, kAxes + 2));
  const Kernel kernel = TRY(read_kernel(layer, kAxes));
  TRY(layer.expect_size(flow, 1, kernel.inputs));
  auto inputs = TRY(kernel_inputs(layer, flow, kernel, {kernel.outputs, kernel.inputs / kernel.groups}));
  flow.value = layer.add("Conv", std::move(inputs), kernel_attributes(kernel));
  flow.dims[1] = kernel.outputs;
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    const Window window{kernel.size[axis], kernel.stride[axis], kernel.begin[axis] + kernel.end[axis],
                        kernel.dilation[axis], false};
    flow.dims[axis + 2] = TRY(window_size(layer, flow.dims[axis + 2], window));
  }
  return {};
}

template <std::size_t kAxes>
Status transposed_convolution(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, kAxes + 2));
  const Kernel kernel = TRY(read_kernel(layer, kAxes));
  const auto extra = TRY(layer.numbers("output_padding", kAxes, 0));
  TRY(layer.expect_size(flow, 1, kernel.inputs));
  auto inputs = TRY(kernel_inputs(layer, flow, kernel, {kernel.inputs, kernel.outputs / kernel.groups}));
  Attributes settings = kernel_attributes(kernel);
  settings.insert_or_assign("output_padding", extra);
  flow.value = layer.add("ConvTranspose", std::move(inputs), std::move(settings));
  flow.dims[1] = kernel.outputs;
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    std::int64_t& size = flow.dims[axis + 2];
    if (size == -1) continue;
    size = (size - 1) * kernel.stride[axis] - kernel.begin[axis] - kernel.end[axis] +
           kernel.dilation[axis] * (kernel.size[axis] - 1) + extra[axis] + 1;
    if (size < 1) return layer.refuse("leaves nothing of its input");
  }
  return {};
}

Status linear_layer(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t inputs = TRY(layer.integer("in_features", 0));
  const std::int64_t outputs = TRY(layer.integer("out_features", 0));
  if (flow.rank() < 1) return layer.refuse("gets a scalar");
  TRY(layer.expect_size(flow, flow.rank() - 1, inputs));
  if (!layer.has("weight")) return layer.refuse("lacks its tensor 'weight'");
  const LinearLayer settings{layer.path, inputs, outputs, layer.has("bias"), 1};
  flow.value = TRY(linear({layer.graph, layer.weights}, flow.value, settings));
  flow.dims.back() = outputs;
  return {};
}

Status embedding(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t count = TRY(layer.integer("num_embeddings", 0));
  const std::int64_t width = TRY(layer.integer("embedding_dim", 0));
  const auto* norm = layer.module.setting<std::monostate>("max_norm");
  if (layer.module.settings.contains("max_norm") && norm == nullptr) {
    return layer.refuse("has a max_norm, which changes weights on use");
  }
  const std::string table = TRY(layer.weight("weight", {count, width}));
  flow.value = layer.add("Gather", {table, flow.value}, attributes("axis", std::int64_t{0}));
  flow.dims.push_back(width);
  return {};
}

constexpr std::array kConvolutionsLayers = {
    KnownLayer{"Conv1d", convolution<1>},
    KnownLayer{"Conv2d", convolution<2>},
    KnownLayer{"Conv3d", convolution<3>},
    KnownLayer{"ConvTranspose1d", transposed_convolution<1>},
    KnownLayer{"ConvTranspose2d", transposed_convolution<2>},
    KnownLayer{"ConvTranspose3d", transposed_convolution<3>},
    KnownLayer{"Embedding", embedding},
    KnownLayer{"Linear", linear_layer},
};

}  // namespace

std::span<const KnownLayer> convolution_layers() { return kConvolutionsLayers; }

}  // namespace tandem::convert
