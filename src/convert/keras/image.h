// SPDX-License-Identifier: Apache-2.0
// Image: a value as windows slide over it: channels second, sizes behind; and the settings of such windows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/keras/layer.h"

namespace tandem::convert::keras {

/// Stored as [batch, channels, sizes...], whichever of Keras' data formats the layer has.
struct Image {
  Value value;
  bool keras_channels_first = false;  // data_format: then Keras, too, counts the channels second
  std::int64_t channels = 0;          // -1 when not known
  Dims sizes;                         // of the axes in space or time; -1 when not known
};

/// The layer's first input with `axes` axes in space. Errors: invalid_argument (another rank).
Result<Image> image_input(LayerCall& call, std::size_t axes);
/// A value of the graph that is stored as the image is, with other channels and sizes.
Value image_result(const Image& image, std::string name, std::int64_t channels, Dims sizes);

enum class Padding { kValid, kSame, kCausal };

/// What slides: sizes an axis.
struct Window {
  Dims kernel;
  Dims strides;
  Dims dilations;
  Padding padding = Padding::kValid;
};

/// Kernel under `kernel_key`; strides default to 1, or to the kernel when `strides_follow_kernel`.
Result<Window> read_window(const ConfigValue& settings, const std::string& kernel_key, std::size_t axes,
                           bool strides_follow_kernel = false);

/// kernel_shape, strides, dilations and pads as Conv and pools have them. Keras' "same" pads more at the end; where the
/// size is not known and matters, ONNX works it out (auto_pad).
Attributes window_attributes(const Window& window, const Image& image);
/// Sizes after the window. Errors: invalid_argument when the window is larger than the image.
Result<Dims> window_sizes(const Window& window, const Image& image);

}  // namespace tandem::convert::keras
