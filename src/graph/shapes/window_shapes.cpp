// SPDX-License-Identifier: Apache-2.0
// Operators that move a window over an image or resample it: [batch, channels, spatial...].
#include <array>
#include <cmath>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

/// Sizes and strides beyond this are not those of a model that runs; below it nothing here overflows.
constexpr std::int64_t kLargest = std::int64_t{1} << 31;

/// Attributes of a window, one number a spatial axis.
struct Window {
  Integers kernel;
  Integers strides;
  Integers dilations;
  Integers pads;  // all begins, then all ends
  std::string auto_pad = "NOTSET";
  bool ceil_mode = false;
};

bool read_list(const Node& node, std::string_view key, std::size_t size, std::int64_t otherwise, Integers& values) {
  const auto* given = node.attribute<Integers>(key);
  values = given == nullptr ? Integers(size, otherwise) : *given;
  if (values.size() != size) return false;
  for (const std::int64_t value : values) {
    if (value < -kLargest || value > kLargest) return false;
  }
  return true;
}

std::optional<Window> read_window(const Node& node, Integers kernel) {
  Window window;
  const std::size_t rank = kernel.size();
  if (!read_list(node, "strides", rank, 1, window.strides) ||
      !read_list(node, "dilations", rank, 1, window.dilations) || !read_list(node, "pads", 2 * rank, 0, window.pads)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < rank; ++i) {
    if (kernel[i] < 1 || kernel[i] > kLargest / 64 || window.strides[i] < 1 || window.dilations[i] < 1 ||
        window.dilations[i] > kLargest / 64) {
      return std::nullopt;
    }
  }
  window.kernel = std::move(kernel);
  if (const auto* mode = node.attribute<std::string>("auto_pad"); mode != nullptr && !mode->empty()) {
    window.auto_pad = *mode;
  }
  window.ceil_mode = node.integer("ceil_mode", 0) != 0;
  return window;
}

std::int64_t extent(const Window& window, std::size_t axis) {
  return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

Dim moved(const Window& window, const Dim& size, std::size_t axis) {
  if (!size.is_fixed() || size.size > kLargest) return Dim{};
  const std::int64_t stride = window.strides[axis];
  const std::int64_t taken = extent(window, axis);
  if (window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER") {
    return sized((size.size + stride - 1) / stride);
  }
  const bool is_valid = window.auto_pad == "VALID";
  const std::int64_t before = is_valid ? 0 : window.pads[axis];
  const std::int64_t after = is_valid ? 0 : window.pads[axis + window.kernel.size()];
  const std::int64_t room = size.size + before + after - taken;
  if (room < 0) return Dim{};
  if (!window.ceil_mode || room % stride == 0) return sized(room / stride + 1);
  // A last window that would lie in the padding alone does not count since opset 19; before, runtimes differ.
  const std::int64_t last_begin = (room / stride + 1) * stride;
  return last_begin >= size.size + before ? Dim{} : sized(room / stride + 2);
}

std::optional<Integers> kernel_of(const NodeShapes& node, const Dims* weight) {
  if (const auto* given = node.node().attribute<Integers>("kernel_shape")) return *given;
  if (weight == nullptr || weight->size() < 2) return std::nullopt;
  Integers kernel;
  for (std::size_t i = 2; i < weight->size(); ++i) {
    if (!(*weight)[i].is_fixed()) return std::nullopt;
    kernel.push_back((*weight)[i].size);
  }
  return kernel;
}

/// [batch, channels, ?...] where the window is not known.
Dims image(const Dims& input, const Dim& channels) {
  Dims result(input.size());
  result[0] = input[0];
  result[1] = channels;
  return result;
}

void convolution(NodeShapes& node, std::size_t weight_input) {
  const Dims* input = node.dims(0);
  const Dims* weight = node.dims(weight_input);
  if (input == nullptr || input->size() < 3) return;
  Dims result = image(*input, weight == nullptr || weight->empty() ? Dim{} : (*weight)[0]);
  const auto kernel = kernel_of(node, weight);
  const auto window = kernel ? read_window(node.node(), *kernel) : std::nullopt;
  if (window && window->kernel.size() + 2 == input->size()) {
    for (std::size_t i = 2; i < result.size(); ++i) result[i] = moved(*window, (*input)[i], i - 2);
  }
  node.set(0, std::move(result));
}

void conv(NodeShapes& node) { convolution(node, 1); }
void quantized_conv(NodeShapes& node) { convolution(node, 3); }

Dim grown(const Window& window, const Dim& size, std::size_t axis, std::int64_t output_padding) {
  if (!size.is_fixed() || size.size < 1 || size.size > kLargest / 64) return Dim{};
  const std::int64_t stride = window.strides[axis];
  if (window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER") return sized(size.size * stride);
  const bool is_valid = window.auto_pad == "VALID";
  const std::int64_t pads = is_valid ? 0 : window.pads[axis] + window.pads[axis + window.kernel.size()];
  return sized(stride * (size.size - 1) + output_padding + extent(window, axis) - pads);
}

void conv_transpose(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const Dims* weight = node.dims(1);
  if (input == nullptr || input->size() < 3) return;
  const std::int64_t group = node.node().integer("group", 1);
  Dim channels;
  if (weight != nullptr && weight->size() > 1 && (*weight)[1].is_fixed() && (*weight)[1].size < kLargest && group > 0 &&
      group < kLargest) {
    channels = sized((*weight)[1].size * group);
  }
  Dims result = image(*input, channels);
  const auto kernel = kernel_of(node, weight);
  const auto window = kernel ? read_window(node.node(), *kernel) : std::nullopt;
  const auto* wanted = node.node().attribute<Integers>("output_shape");
  Integers extra;
  if (window && window->kernel.size() + 2 == input->size() &&
      read_list(node.node(), "output_padding", window->kernel.size(), 0, extra)) {
    for (std::size_t i = 2; i < result.size(); ++i) {
      if (wanted == nullptr) result[i] = grown(*window, (*input)[i], i - 2, extra[i - 2]);
      if (wanted != nullptr && wanted->size() == extra.size()) result[i] = sized((*wanted)[i - 2]);
    }
  }
  node.set(0, std::move(result));
}

void pool(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr || input->size() < 3) return;
  Dims result = image(*input, (*input)[1]);
  const auto kernel = kernel_of(node, nullptr);
  const auto window = kernel ? read_window(node.node(), *kernel) : std::nullopt;
  if (window && window->kernel.size() + 2 == input->size()) {
    for (std::size_t i = 2; i < result.size(); ++i) result[i] = moved(*window, (*input)[i], i - 2);
  }
  node.set(0, result);
  node.set(1, std::move(result));
}

void global_pool(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr || input->size() < 2) return;
  Dims result(input->size(), Dim::fixed(1));
  result[0] = (*input)[0];
  result[1] = (*input)[1];
  node.set(0, std::move(result));
}

Dim scaled(const Dim& size, float factor) {
  if (factor == 1.0F) return size;
  const bool known = size.is_fixed() && size.size < kLargest && factor > 0 && factor < 65536.0F;
  if (!known) return Dim{};
  const auto in_single = static_cast<std::int64_t>(std::floor(static_cast<float>(size.size) * factor));
  const auto in_double = static_cast<std::int64_t>(std::floor(static_cast<double>(size.size) * factor));
  return in_single == in_double ? sized(in_single) : Dim{};  // runtimes compute in either
}

void scale_all(NodeShapes& node, std::size_t factors_input) {
  const Dims& input = *node.dims(0);
  Dims result(input.size());
  const std::vector<float>& factors = node.input(factors_input).factors;
  for (std::size_t i = 0; factors.size() == input.size() && i < result.size(); ++i) {
    result[i] = scaled(input[i], factors[i]);
  }
  node.set(0, std::move(result));
}

/// Sizes stand in input 3 and factors in input 2 since opset 11; before, factors stand in input 1.
void resize(NodeShapes& node) {
  const Dims* input = node.dims(0);
  if (input == nullptr) return;
  Dims result(input->size());
  const auto& sizes = node.input(3).content;
  const auto* policy = node.node().attribute<std::string>("keep_aspect_ratio_policy");
  const bool is_plain = (policy == nullptr || *policy == "stretch") && !node.node().attributes.contains("axes");
  if (is_plain && !node.has(3)) return scale_all(node, node.node().inputs.size() > 2 ? 2 : 1);
  if (is_plain && sizes && sizes->size() == result.size()) {
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = dim_of((*sizes)[i]);
  }
  node.set(0, std::move(result));
}

void upsample(NodeShapes& node) {
  if (node.dims(0) != nullptr) scale_all(node, 1);
}

/// grid: [batch, spatial..., coordinates]
void grid_sample(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const Dims* grid = node.dims(1);
  if (input == nullptr || grid == nullptr || input->size() < 3 || grid->size() != input->size()) return;
  Dims result = image(*input, (*input)[1]);
  for (std::size_t i = 2; i < result.size(); ++i) result[i] = (*grid)[i - 1];
  node.set(0, std::move(result));
}

void roi_align(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const Dims* rois = node.dims(1);
  if (input == nullptr || input->size() != 4) return;
  node.set(0, {rois == nullptr || rois->empty() ? Dim{} : (*rois)[0], (*input)[1],
               sized(node.node().integer("output_height", 1)), sized(node.node().integer("output_width", 1))});
}

void depth_to_space(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const std::int64_t block = node.node().integer("blocksize", 0);
  if (input == nullptr || input->size() != 4 || block < 1 || block > 1024) return;
  Dims result{(*input)[0], Dim{}, Dim{}, Dim{}};
  if ((*input)[1].is_fixed()) result[1] = sized((*input)[1].size / (block * block));
  for (std::size_t i = 2; i < 4; ++i) {
    if ((*input)[i].is_fixed() && (*input)[i].size < kLargest) result[i] = sized((*input)[i].size * block);
  }
  node.set(0, std::move(result));
}

void space_to_depth(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const std::int64_t block = node.node().integer("blocksize", 0);
  if (input == nullptr || input->size() != 4 || block < 1 || block > 1024) return;
  Dims result{(*input)[0], Dim{}, Dim{}, Dim{}};
  if ((*input)[1].is_fixed() && (*input)[1].size < kLargest) result[1] = sized((*input)[1].size * block * block);
  for (std::size_t i = 2; i < 4; ++i) {
    if ((*input)[i].is_fixed()) result[i] = sized((*input)[i].size / block);
  }
  node.set(0, std::move(result));
}

constexpr std::array<ShapeRule, 17> kWindowShapes = {{{"AveragePool", pool},
                                                      {"Conv", conv},
                                                      {"ConvInteger", conv},
                                                      {"ConvTranspose", conv_transpose},
                                                      {"DepthToSpace", depth_to_space},
                                                      {"GlobalAveragePool", global_pool},
                                                      {"GlobalLpPool", global_pool},
                                                      {"GlobalMaxPool", global_pool},
                                                      {"GridSample", grid_sample},
                                                      {"LpPool", pool},
                                                      {"MaxPool", pool},
                                                      {"QLinearConv", quantized_conv},
                                                      {"Resize", resize},
                                                      {"RoiAlign", roi_align},
                                                      {"SpaceToDepth", space_to_depth},
                                                      {"Upsample", upsample},
                                                      {"DeformConv", conv}}};

}  // namespace

std::span<const ShapeRule> window_shape_rules() { return kWindowShapes; }

}  // namespace tandem::graph
