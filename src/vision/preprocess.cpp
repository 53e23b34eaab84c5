// SPDX-License-Identifier: Apache-2.0
// The request path from pixels to a tensor: one weighted pass down the columns, one along the row, one to normalize.
#include "vision/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "vision/axis_taps.h"
#include "vision/color.h"
#include "vision/image_check.h"
#include "vision/resize_plan.h"

namespace tandem {
namespace {

Status check_settings(const ImagePreprocess& settings) {
  const std::size_t channels = settings.color == ColorOrder::kGray ? 1 : 3;
  if (settings.width < 1 || settings.height < 1 || settings.width > kMaxInputSide || settings.height > kMaxInputSide) {
    return invalid_argument(fmt::format("image preprocessing: expected an input of sides 1 to {}, got {}x{}",
                                        kMaxInputSide, settings.width, settings.height));
  }
  if (settings.pad_value < 0 || settings.pad_value > 255) {
    return invalid_argument(
        fmt::format("image preprocessing: expected pad_value from 0 to 255, got {}", settings.pad_value));
  }
  if (!settings.mean.empty() && settings.mean.size() != channels) {
    return invalid_argument(fmt::format("image preprocessing: expected {} values of mean, one per channel, got {}",
                                        channels, settings.mean.size()));
  }
  if (!settings.std.empty() && settings.std.size() != channels) {
    return invalid_argument(fmt::format("image preprocessing: expected {} values of std, one per channel, got {}",
                                        channels, settings.std.size()));
  }
  if (std::any_of(settings.std.begin(), settings.std.end(), [](float value) { return value == 0; })) {
    return invalid_argument("image preprocessing: std must not be 0, it is divided by");
  }
  return {};
}

bool must_invert(const Image& image, Invert invert) {
  if (invert == Invert::kAuto) return border_brightness(image) > 127.0;
  return invert == Invert::kAlways;
}

/// The part of a source row that its columns' taps touch, in bytes: a crop leaves the rest alone.
struct RowRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

RowRange touched(const AxisTaps& taps, std::size_t channels) {
  const std::size_t last = taps.size() - 1;
  return {static_cast<std::size_t>(taps.first.front()) * channels,
          (static_cast<std::size_t>(taps.first[last]) + taps.count(last)) * channels};
}

/// out[i] = sum over taps of weight * row[i]: one output row before its columns are resized.
void blend_rows(const Image& image, const AxisTaps& taps, std::size_t y, RowRange range, std::vector<float>& out) {
  const std::size_t row_size = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  const std::uint8_t* source = image.pixels.data() + static_cast<std::size_t>(taps.first[y]) * row_size;
  const float* weights = taps.weights.data() + taps.begin(y);
  float* target = out.data();
  for (std::size_t i = range.begin; i < range.end; ++i) target[i] = weights[0] * static_cast<float>(source[i]);
  for (std::size_t k = 1; k < taps.count(y); ++k) {
    const std::uint8_t* row = source + k * row_size;
    for (std::size_t i = range.begin; i < range.end; ++i) target[i] += weights[k] * static_cast<float>(row[i]);
  }
}

/// planes[c][x] from one blended row [width, kChannels].
template <std::size_t kChannels>
void blend_columns(const std::vector<float>& row, const AxisTaps& taps, std::array<std::vector<float>, 3>& planes) {
  for (std::size_t x = 0; x < taps.size(); ++x) {
    const float* source = row.data() + static_cast<std::size_t>(taps.first[x]) * kChannels;
    const float* weights = taps.weights.data() + taps.begin(x);
    std::array<float, kChannels> sum{};
    for (std::size_t k = 0; k < taps.count(x); ++k) {
      for (std::size_t c = 0; c < kChannels; ++c) sum[c] += weights[k] * source[k * kChannels + c];
    }
    for (std::size_t c = 0; c < kChannels; ++c) planes[c][x] = sum[c];
  }
}

/// The last step: inversion, scale, mean, std and layout, a row of one channel at a time.
class RowWriter {
 public:
  RowWriter(const ImagePreprocess& settings, bool invert, float* tensor)
      : settings_(settings), channels_(settings.color == ColorOrder::kGray ? 1 : 3), invert_(invert), tensor_(tensor) {}

  /// count values of channel c at columns [pad, pad + count) of row y, padding around them.
  void write(std::size_t c, std::size_t y, std::size_t pad, std::span<const float> values) const {
    const auto width = static_cast<std::size_t>(settings_.width);
    const auto height = static_cast<std::size_t>(settings_.height);
    if (settings_.layout == Layout::kNchw) {
      write_row<1>(c, tensor_ + (c * height + y) * width, pad, values);
    } else if (channels_ == 1) {
      write_row<1>(c, tensor_ + y * width, pad, values);
    } else {
      write_row<3>(c, tensor_ + y * width * 3 + c, pad, values);
    }
  }

  std::size_t channels() const { return channels_; }

 private:
  template <std::size_t kStride>
  void write_row(std::size_t c, float* row, std::size_t pad, std::span<const float> values) const {
    const float mean = settings_.mean.empty() ? 0.0F : settings_.mean[c];
    const float deviation = settings_.std.empty() ? 1.0F : settings_.std[c];
    const float scale = settings_.scale;
    // 255 - pixel after resizing equals resizing 255 - pixel: the weights sum to 1.
    const float sign = invert_ ? -1.0F : 1.0F;
    const float base = invert_ ? 255.0F : 0.0F;
    const float padding = (static_cast<float>(settings_.pad_value) * scale - mean) / deviation;
    const auto width = static_cast<std::size_t>(settings_.width);
    for (std::size_t x = 0; x < pad; ++x) row[x * kStride] = padding;
    float* inner = row + pad * kStride;
    for (std::size_t x = 0; x < values.size(); ++x) {
      inner[x * kStride] = ((base + sign * values[x]) * scale - mean) / deviation;
    }
    for (std::size_t x = pad + values.size(); x < width; ++x) row[x * kStride] = padding;
  }

  const ImagePreprocess& settings_;
  std::size_t channels_;
  bool invert_;
  float* tensor_;
};

AxisTaps taps_of(const AxisPlan& plan, Interpolation interpolation) {
  return make_axis_taps({plan.source, plan.resized, plan.crop, plan.count}, interpolation);
}

void fill_tensor(const Image& image, const ResizePlan& plan, const ImagePreprocess& settings, const RowWriter& writer) {
  const AxisTaps x_taps = taps_of(plan.x, settings.interpolation);
  const AxisTaps y_taps = taps_of(plan.y, settings.interpolation);
  const RowRange range = touched(x_taps, static_cast<std::size_t>(image.channels));
  const auto pad_x = static_cast<std::size_t>(plan.x.pad);
  const auto pad_y = static_cast<std::size_t>(plan.y.pad);
  const auto rows = static_cast<std::size_t>(plan.y.count);
  std::vector<float> blended(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels));
  std::array<std::vector<float>, 3> planes;
  for (auto& plane : planes) plane.resize(x_taps.size());

  for (std::size_t y = 0; y < static_cast<std::size_t>(settings.height); ++y) {
    const bool inside = y >= pad_y && y < pad_y + rows;
    if (inside) {
      blend_rows(image, y_taps, y - pad_y, range, blended);
      image.channels == 1 ? blend_columns<1>(blended, x_taps, planes) : blend_columns<3>(blended, x_taps, planes);
    }
    for (std::size_t c = 0; c < writer.channels(); ++c) {
      const std::size_t plane = image.channels == 1 ? 0 : settings.color == ColorOrder::kBgr ? 2 - c : c;
      writer.write(c, y, pad_x, inside ? std::span<const float>(planes[plane]) : std::span<const float>());
    }
  }
}

}  // namespace

Result<PreprocessedImage> preprocess(const Image& image, const ImagePreprocess& settings) {
  TRY(check_image(image));
  TRY(check_settings(settings));
  const bool gray = settings.color == ColorOrder::kGray;
  const std::int64_t channels = gray ? 1 : 3;
  Shape shape = settings.layout == Layout::kNchw ? Shape{1, channels, settings.height, settings.width}
                                                 : Shape{1, settings.height, settings.width, channels};
  PreprocessedImage result;
  result.tensor = TRY(Tensor::allocate(DType::kFloat32, std::move(shape)));
  const ResizePlan plan = plan_resize(image.width, image.height, settings);
  result.placement = plan.placement();
  const RowWriter writer(settings, must_invert(image, settings.invert), result.tensor.mutable_values<float>().data());
  if (gray && image.channels == 3) {
    fill_tensor(to_gray(image), plan, settings, writer);
  } else {
    fill_tensor(image, plan, settings, writer);
  }
  return result;
}

}  // namespace tandem
