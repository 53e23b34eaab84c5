// SPDX-License-Identifier: Apache-2.0
// Bilinear sampling of probability planes row by row, and the argmax over them.
#include "pipeline/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pipeline/classify.h"

namespace tandem {
namespace {

/// By original pixel along one axis: the two samples of the map beside it and the weight of the second.
struct AxisSamples {
  std::vector<std::uint32_t> left;
  std::vector<std::uint32_t> right;
  std::vector<float> weight;
};

struct AxisMapping {
  int image = 0;     // pixels of the original
  double scale = 1;  // original to input
  double offset = 0;
  int input = 0;        // pixels of the input
  std::size_t map = 0;  // samples of the output
};

AxisSamples make_samples(const AxisMapping& axis) {
  const auto count = static_cast<std::size_t>(axis.image);
  AxisSamples samples{std::vector<std::uint32_t>(count), std::vector<std::uint32_t>(count), std::vector<float>(count)};
  const double to_map = static_cast<double>(axis.map) / axis.input;
  const auto last = static_cast<double>(axis.map - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double input = (static_cast<double>(i) + 0.5) * axis.scale + axis.offset;
    const double position = std::clamp(input * to_map - 0.5, 0.0, last);
    const double left = std::floor(position);
    samples.left[i] = static_cast<std::uint32_t>(left);
    samples.right[i] = static_cast<std::uint32_t>(std::min(left + 1, last));
    samples.weight[i] = static_cast<float>(position - left);
  }
  return samples;
}

/// One row of the original at a time: the probabilities of each class, then the winner at each pixel.
class RowArgmax {
 public:
  RowArgmax(std::span<const float> planes, std::size_t channels, std::size_t height, std::size_t width)
      : planes_(planes), channels_(channels), height_(height), width_(width), row_(width) {}

  /// mask: the row's pixels; confidence: the probability of each pixel's class.
  void run(const AxisSamples& y_samples, std::size_t y, const AxisSamples& x_samples, std::uint8_t* mask,
           std::vector<float>& confidence) {
    const std::size_t count = confidence.size();
    for (std::size_t c = 0; c < channels_; ++c) {
      blend_row(c, y_samples.left[y], y_samples.right[y], y_samples.weight[y]);
      if (c == 0) {
        for (std::size_t x = 0; x < count; ++x) confidence[x] = sample(x_samples, x);
        std::fill_n(mask, count, std::uint8_t{0});
        continue;
      }
      for (std::size_t x = 0; x < count; ++x) {
        const float probability = sample(x_samples, x);
        const bool wins = probability > confidence[x];
        confidence[x] = wins ? probability : confidence[x];
        mask[x] = wins ? static_cast<std::uint8_t>(c) : mask[x];
      }
    }
    if (channels_ == 1) split_foreground(mask, confidence);
  }

 private:
  void blend_row(std::size_t channel, std::size_t top, std::size_t bottom, float weight) {
    const float* plane = planes_.data() + channel * height_ * width_;
    const float* upper = plane + top * width_;
    const float* lower = plane + bottom * width_;
    for (std::size_t x = 0; x < width_; ++x) row_[x] = upper[x] + weight * (lower[x] - upper[x]);
  }

  float sample(const AxisSamples& samples, std::size_t x) const {
    const float left = row_[samples.left[x]];
    return left + samples.weight[x] * (row_[samples.right[x]] - left);
  }

  static void split_foreground(std::uint8_t* mask, std::vector<float>& confidence) {
    for (std::size_t x = 0; x < confidence.size(); ++x) {
      const bool foreground = confidence[x] >= 0.5F;
      mask[x] = foreground ? 1 : 0;
      confidence[x] = foreground ? confidence[x] : 1.0F - confidence[x];
    }
  }

  std::span<const float> planes_;
  std::size_t channels_, height_, width_;
  std::vector<float> row_;
};

/// Counts pixels and confidence by class while the rows come.
class Tally {
 public:
  explicit Tally(std::size_t classes) : pixels_(classes) {}

  void add(const std::uint8_t* mask, const std::vector<float>& confidence) {
    for (std::size_t x = 0; x < confidence.size(); ++x) {
      ++pixels_[mask[x]];
      confidence_ += mask[x] == 0 ? 0.0 : static_cast<double>(confidence[x]);
    }
  }

  void write(Segmentation& result) const {
    const auto total = static_cast<double>(result.mask.pixel_count());
    for (const std::uint64_t count : pixels_) result.fractions.push_back(static_cast<double>(count) / total);
    const double foreground = total - static_cast<double>(pixels_[0]);
    result.mean_confidence = foreground > 0 ? confidence_ / foreground : 0;
  }

 private:
  std::vector<std::uint64_t> pixels_;
  double confidence_ = 0;
};

Status check_map(const Tensor& output) {
  const Shape& shape = output.shape();
  const bool fits =
      shape.rank() == 4 && shape[0] == 1 && shape[1] >= 1 && shape[1] <= 256 && shape[2] >= 1 && shape[3] >= 1;
  if (fits) return {};
  return invalid_argument(fmt::format(
      "segmentation: expected an output [1, classes (at most 256), height, width], got {}", to_string(output)));
}

}  // namespace

Result<Segmentation> segment(const Tensor& output, const OutputConfig& config, const PreparedImage& prepared,
                             InputSize input) {
  TRY(check_map(output));
  const auto channels = static_cast<std::size_t>(output.shape()[1]);
  const auto height = static_cast<std::size_t>(output.shape()[2]);
  const auto width = static_cast<std::size_t>(output.shape()[3]);
  std::vector<float> planes = TRY(float_values(output));
  TRY(activate(config.activation, channels, planes));

  const Placement& placement = prepared.placement;
  const AxisSamples x_samples =
      make_samples({prepared.image_width, placement.scale_x, placement.offset_x, input.width, width});
  const AxisSamples y_samples =
      make_samples({prepared.image_height, placement.scale_y, placement.offset_y, input.height, height});
  const std::size_t classes = class_count(channels);
  Segmentation result;
  result.mask = Image{prepared.image_width, prepared.image_height, 1, {}};
  result.mask.pixels.resize(result.mask.pixel_count());
  for (std::size_t c = 0; c < classes; ++c) result.labels.push_back(class_label(config.labels, c));

  RowArgmax argmax(planes, channels, height, width);
  Tally tally(classes);
  std::vector<float> confidence(static_cast<std::size_t>(prepared.image_width));
  for (std::size_t y = 0; y < static_cast<std::size_t>(prepared.image_height); ++y) {
    std::uint8_t* mask = result.mask.pixels.data() + y * confidence.size();
    argmax.run(y_samples, y, x_samples, mask, confidence);
    tally.add(mask, confidence);
  }
  tally.write(result);
  return result;
}

}  // namespace tandem
