// SPDX-License-Identifier: Apache-2.0
// Source of the sizes: compute_conv_output_shape of keras/src/ops/operation_utils.py.
#include "convert/keras/image.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::convert::keras {
namespace {

std::int64_t extent(const Window& window, std::size_t axis) {
  return (window.kernel[axis] - 1) * window.dilations[axis] + 1;
}

/// How much "same" pads along an axis; -1 when that depends on a size that is not known.
std::int64_t same_padding(const Window& window, const Image& image, std::size_t axis) {
  const std::int64_t stride = window.strides[axis];
  if (stride == 1) return extent(window, axis) - 1;
  const std::int64_t size = image.sizes[axis];
  if (size < 0) return -1;
  const std::int64_t outputs = (size + stride - 1) / stride;
  return std::max<std::int64_t>((outputs - 1) * stride + extent(window, axis) - size, 0);
}

}  // namespace

Result<Image> image_input(LayerCall& call, std::size_t axes) {
  TRY(expect_inputs(call, 1, axes + 2));
  Image image;
  image.keras_channels_first = TRY(call.settings().text("data_format", "channels_last")) == "channels_first";
  if (image.keras_channels_first) {
    image.value = call.graph.in_keras_order(call.input());
    image.channels = image.value.dims[1];
    image.sizes.assign(image.value.dims.begin() + 2, image.value.dims.end());
  } else {
    image.value = call.graph.with_channels_first(call.input());
    image.channels = image.value.channels();
    image.sizes.assign(image.value.dims.begin() + 1, image.value.dims.end() - 1);
  }
  return image;
}

Value image_result(const Image& image, std::string name, std::int64_t channels, Dims sizes) {
  Value result = image.value;
  result.name = std::move(name);
  result.dims = {image.value.dims.front()};
  if (image.keras_channels_first) result.dims.push_back(channels);
  result.dims.insert(result.dims.end(), sizes.begin(), sizes.end());
  if (!image.keras_channels_first) result.dims.push_back(channels);
  return result;
}

Result<Window> read_window(const ConfigValue& settings, const std::string& kernel_key, std::size_t axes,
                           bool strides_follow_kernel) {
  Window window;
  window.kernel = TRY(settings.per_axis(kernel_key, axes, 2));
  window.strides = TRY(settings.per_axis("strides", axes, 1));
  if (strides_follow_kernel && !settings.has("strides")) window.strides = window.kernel;
  window.dilations = TRY(settings.per_axis("dilation_rate", axes, 1));
  const std::string padding = TRY(settings.text("padding", "valid"));
  if (padding == "same") {
    window.padding = Padding::kSame;
  } else if (padding == "causal") {
    window.padding = Padding::kCausal;
  } else if (padding != "valid") {
    return invalid_argument(fmt::format("the padding is '{}': expected 'valid', 'same' or 'causal'", padding));
  }
  return window;
}

Attributes window_attributes(const Window& window, const Image& image) {
  Attributes made = attributes("kernel_shape", window.kernel, "strides", window.strides);
  if (std::ranges::any_of(window.dilations, [](auto rate) { return rate != 1; })) {
    made.insert_or_assign("dilations", window.dilations);
  }
  if (window.padding == Padding::kValid) return made;
  const std::size_t axes = window.kernel.size();
  std::vector<std::int64_t> pads(2 * axes, 0);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    if (window.padding == Padding::kCausal) {
      pads[axis] = extent(window, axis) - 1;
      continue;
    }
    const std::int64_t total = same_padding(window, image, axis);
    if (total < 0) {
      made.insert_or_assign("auto_pad", std::string("SAME_UPPER"));
      return made;
    }
    pads[axis] = total / 2;
    pads[axes + axis] = total - total / 2;
  }
  if (std::ranges::any_of(pads, [](auto pad) { return pad != 0; })) made.insert_or_assign("pads", std::move(pads));
  return made;
}

Result<Dims> window_sizes(const Window& window, const Image& image) {
  Dims sizes;
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const std::int64_t size = image.sizes[axis];
    const std::int64_t lost = window.padding == Padding::kValid ? extent(window, axis) - 1 : 0;
    if (size >= 0 && size <= lost) {
      return invalid_argument(fmt::format("a window of {} does not fit into a size of {}", lost + 1, size));
    }
    sizes.push_back(size < 0 ? -1 : (size - lost - 1) / window.strides[axis] + 1);
  }
  return sizes;
}

}  // namespace tandem::convert::keras
