// SPDX-License-Identifier: Apache-2.0
// Pools over windows, and global ones. Keras leaves padding out of averages.
#include <array>
#include <limits>
#include <numeric>

#include "convert/keras/image.h"

namespace tandem::convert::keras {
namespace {

enum class Pool { kMax, kAverage };

/// ONNX Runtime puts a Pad with 0 into the MaxPool behind it (its PadFusion), whose own padding is smaller than any
/// number: wrong where a window sees nothing above 0. The smallest normal number instead of 0 keeps it from that.
std::string padded_for_max(LayerCall& call, const std::string& value) {
  std::vector<std::string> inputs = call.graph.zero_padding_of(value);
  if (inputs.empty()) return value;
  const std::string path = call.path + ".padded";
  inputs.push_back(call.builder().scalar(path + ".almost_zero", std::numeric_limits<float>::min()));
  return call.builder().add("Pad", std::move(inputs), path);
}

template <Pool kPool, std::size_t kAxes>
Result<std::vector<Value>> build_pool(LayerCall& call) {
  Image image = TRY(image_input(call, kAxes));
  if (kPool == Pool::kMax) image.value.name = padded_for_max(call, image.value.name);
  const Window window = TRY(read_window(call.settings(), "pool_size", kAxes, /*strides_follow_kernel=*/true));
  Dims sizes = TRY(window_sizes(window, image));
  const std::string name = call.builder().add(kPool == Pool::kMax ? "MaxPool" : "AveragePool", {image.value.name},
                                              call.path, window_attributes(window, image));
  return only(image_result(image, name, image.channels, std::move(sizes)));
}

/// The stored axes that lie in space.
std::vector<std::int64_t> space_axes(const Value& value, bool keras_channels_first) {
  const bool channels_second = keras_channels_first || value.layout == Layout::kChannelsFirst;
  std::vector<std::int64_t> axes(value.rank() - 2);
  std::iota(axes.begin(), axes.end(), channels_second ? 2 : 1);
  return axes;
}

template <Pool kPool, std::size_t kAxes>
Result<std::vector<Value>> build_global_pool(LayerCall& call) {
  TRY(expect_inputs(call, 1, kAxes + 2));
  if (call.input().masked && kPool == Pool::kAverage) {
    return fail(Code::kUnimplemented,
                "an average over masked steps (an Embedding with mask_zero, or Masking, before it)");
  }
  const bool channels_first = TRY(call.settings().text("data_format", "channels_last")) == "channels_first";
  const bool keep = TRY(call.settings().flag("keepdims", false));
  const Value value = channels_first ? call.graph.in_keras_order(call.input()) : call.input();
  Value result = value;
  result.masked = false;
  const std::int64_t channels = channels_first ? value.dims[1] : value.channels();
  result.name = call.builder().add(
      kPool == Pool::kMax ? "ReduceMax" : "ReduceMean", {value.name}, call.path,
      attributes("axes", space_axes(value, channels_first), "keepdims", static_cast<std::int64_t>(keep)));
  if (keep) {
    std::fill(result.dims.begin() + 1, result.dims.end(), 1);
    result.dims[channels_first ? 1 : result.rank() - 1] = channels;
  } else {
    result.dims = {value.dims.front(), channels};
    result.layout = Layout::kKeras;
  }
  return only(std::move(result));
}

constexpr std::array<LayerClass, 12> kPoolingLayers = {
    {{"MaxPooling1D", build_pool<Pool::kMax, 1>},
     {"MaxPooling2D", build_pool<Pool::kMax, 2>},
     {"MaxPooling3D", build_pool<Pool::kMax, 3>},
     {"AveragePooling1D", build_pool<Pool::kAverage, 1>},
     {"AveragePooling2D", build_pool<Pool::kAverage, 2>},
     {"AveragePooling3D", build_pool<Pool::kAverage, 3>},
     {"GlobalMaxPooling1D", build_global_pool<Pool::kMax, 1>},
     {"GlobalMaxPooling2D", build_global_pool<Pool::kMax, 2>},
     {"GlobalMaxPooling3D", build_global_pool<Pool::kMax, 3>},
     {"GlobalAveragePooling1D", build_global_pool<Pool::kAverage, 1>},
     {"GlobalAveragePooling2D", build_global_pool<Pool::kAverage, 2>},
     {"GlobalAveragePooling3D", build_global_pool<Pool::kAverage, 3>}}};

}  // namespace

std::span<const LayerClass> pooling_layers() { return kPoolingLayers; }

}  // namespace tandem::convert::keras
