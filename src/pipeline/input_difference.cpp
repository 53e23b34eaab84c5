// SPDX-License-Identifier: Apache-2.0
// Field after field.
#include "pipeline/input_difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace tandem {
namespace {

/// Of a linear map's factors, and of what it adds in units of its output.
constexpr double kSameMap = 1e-5;

std::string_view resize_text(ResizeMode mode) {
  switch (mode) {
    case ResizeMode::kStretch: return "stretch";
    case ResizeMode::kLetterbox: return "letterbox";
    case ResizeMode::kShortSide: return "shortside";
    case ResizeMode::kTopLeft: break;
  }
  return "topleft";
}

std::string_view interpolation_text(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kNearest: return "nearest";
    case Interpolation::kBilinear: return "bilinear";
    case Interpolation::kArea: break;
  }
  return "area";
}

std::string_view color_text(ColorOrder color) {
  switch (color) {
    case ColorOrder::kGray: return "gray";
    case ColorOrder::kRgb: return "rgb";
    case ColorOrder::kBgr: break;
  }
  return "bgr";
}

std::string_view invert_text(Invert invert) {
  switch (invert) {
    case Invert::kNever: return "never";
    case Invert::kAlways: return "always";
    case Invert::kAuto: break;
  }
  return "auto";
}

std::string_view activation_text(Activation activation) {
  switch (activation) {
    case Activation::kNone: return "none";
    case Activation::kSoftmax: return "softmax";
    case Activation::kSigmoid: break;
  }
  return "sigmoid";
}

std::string_view postprocess_text(Postprocess postprocess) {
  switch (postprocess) {
    case Postprocess::kNone: return "none";
    case Postprocess::kClassification: return "classification";
    case Postprocess::kSegmentation: break;
  }
  return "segmentation";
}

std::size_t channels_of(const ImagePreprocess& image) { return image.color == ColorOrder::kGray ? 1 : 3; }

std::vector<float> filled(const std::vector<float>& values, std::size_t channels, float otherwise) {
  return values.empty() ? std::vector<float>(channels, otherwise) : values;
}

/// value = factor * pixel + offset, of red, green and blue.
struct PixelMap {
  std::vector<double> factors;
  std::vector<double> offsets;
};

PixelMap map_of(const ImagePreprocess& image) {
  const std::size_t channels = channels_of(image);
  const std::vector<float> mean = filled(image.mean, channels, 0);
  const std::vector<float> std = filled(image.std, channels, 1);
  PixelMap map;
  for (std::size_t i = 0; i < std::min(mean.size(), std.size()); ++i) {
    map.factors.push_back(static_cast<double>(image.scale) / static_cast<double>(std[i]));
    map.offsets.push_back(-static_cast<double>(mean[i]) / static_cast<double>(std[i]));
  }
  if (image.color == ColorOrder::kBgr) {
    std::ranges::reverse(map.factors);
    std::ranges::reverse(map.offsets);
  }
  return map;
}

bool same_map(const ImagePreprocess& first, const ImagePreprocess& second) {
  const PixelMap a = map_of(first);
  const PixelMap b = map_of(second);
  if (a.factors.size() != b.factors.size()) return false;
  for (std::size_t i = 0; i < a.factors.size(); ++i) {
    const double range = 255 * std::abs(a.factors[i]);  // of the tensor's values, what a picture spans
    if (std::abs(a.factors[i] - b.factors[i]) * 255 > kSameMap * range) return false;
    if (std::abs(a.offsets[i] - b.offsets[i]) > kSameMap * range) return false;
  }
  return true;
}

class DifferenceFinder final {
 public:
  template <typename T>
  void add(std::string_view key, const T& first, const T& second) {
    if (first == second) return;
    found_.push_back({fmt::format("{}.{}", path_, key), fmt::format("{}", first), fmt::format("{}", second)});
  }

  void add_image(const ImagePreprocess& a, const ImagePreprocess& b) {
    add("width", a.width, b.width);
    add("height", a.height, b.height);
    add("resize", resize_text(a.resize), resize_text(b.resize));
    add("interpolation", interpolation_text(a.interpolation), interpolation_text(b.interpolation));
    add("color", color_text(a.color), color_text(b.color));
    add("layout", std::string_view(a.layout == Layout::kNchw ? "nchw" : "nhwc"),
        std::string_view(b.layout == Layout::kNchw ? "nchw" : "nhwc"));
    add("invert", invert_text(a.invert), invert_text(b.invert));
    add("pad_value", a.pad_value, b.pad_value);
    if (same_map(a, b)) return;
    add("scale", a.scale, b.scale);
    add("mean", filled(a.mean, channels_of(a), 0), filled(b.mean, channels_of(b), 0));
    add("std", filled(a.std, channels_of(a), 1), filled(b.std, channels_of(b), 1));
  }

  void add_input(const InputConfig& first, const InputConfig& second) {
    if (first.image.has_value() != second.image.has_value()) {
      const auto text = [](bool image) { return std::string_view(image ? "made of an image" : "taken as a tensor"); };
      return add("image", text(first.image.has_value()), text(second.image.has_value()));
    }
    path_ += ".image";
    if (first.image) add_image(*first.image, *second.image);
  }

  void add_output(const OutputConfig& first, const OutputConfig& second) {
    add("postprocess", postprocess_text(first.postprocess), postprocess_text(second.postprocess));
    add("activation", activation_text(first.activation), activation_text(second.activation));
    if (!first.labels.empty() && !second.labels.empty()) add("labels", first.labels, second.labels);
  }

  void enter(std::string path) { path_ = std::move(path); }
  std::vector<InputDifference> take() { return std::move(found_); }

 private:
  std::string path_;
  std::vector<InputDifference> found_;
};

/// Which of `all` is meant by the `place`th of `wanted`; null: none.
template <typename Config>
const Config* find_match(const std::vector<Config>& wanted, std::size_t place, const std::vector<Config>& all) {
  if (wanted.size() == 1 && all.size() == 1) return &all[0];
  const auto found = std::ranges::find(all, wanted[place].name, &Config::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::vector<InputDifference> find_input_differences(const ModelConfig& first, const ModelConfig& second) {
  DifferenceFinder finder;
  for (std::size_t i = 0; i < first.inputs.size(); ++i) {
    const InputConfig* other = find_match(first.inputs, i, second.inputs);
    finder.enter(fmt::format("inputs[{}]", i));
    if (other != nullptr) finder.add_input(first.inputs[i], *other);
  }
  for (std::size_t i = 0; i < first.outputs.size(); ++i) {
    const OutputConfig* other = find_match(first.outputs, i, second.outputs);
    finder.enter(fmt::format("outputs[{}]", i));
    if (other != nullptr) finder.add_output(first.outputs[i], *other);
  }
  return finder.take();
}

}  // namespace tandem
