// SPDX-License-Identifier: Apache-2.0
// Layers that pad, crop and scale images and sequences.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/keras/image.h"

namespace tandem::convert::keras {
namespace {

/// How much at the begin and the end of each axis.
struct Borders {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
};

/// 2, [2, 3] (an axis each), or [[1, 2], [3, 4]] (begin and end); one axis: 2 or [1, 2].
Result<Borders> read_borders(const ConfigValue& settings, std::string_view key, std::size_t axes) {
  Borders borders;
  const ConfigValue::List* list = settings.at(key).list();
  const bool pairs = list != nullptr && !list->empty() && list->front().list() != nullptr;
  if (pairs) {
    for (const ConfigValue& element : *list) {
      const ConfigValue pair(ConfigValue::Members{{std::string(key), element}});
      const std::vector<std::int64_t> ends = TRY(pair.integers(key));
      if (ends.size() != 2) return invalid_argument(fmt::format("'{}' has no begin and end of each axis", key));
      borders.before.push_back(ends[0]);
      borders.after.push_back(ends[1]);
    }
  } else {
    std::vector<std::int64_t> numbers = TRY(settings.integers(key));
    if (axes == 1 && numbers.size() == 2) return Borders{{numbers[0]}, {numbers[1]}};
    if (numbers.size() == 1) numbers.resize(axes, numbers.front());
    borders = {numbers, numbers};
  }
  const auto negative = [](std::int64_t number) { return number < 0; };
  if (borders.before.size() != axes || std::ranges::any_of(borders.before, negative) ||
      std::ranges::any_of(borders.after, negative)) {
    return invalid_argument(fmt::format("'{}' does not fit {} axes", key, axes));
  }
  return borders;
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_zero_padding(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  const Borders borders = TRY(read_borders(call.settings(), "padding", kAxes));
  std::vector<std::int64_t> pads = {0, 0};
  pads.insert(pads.end(), borders.before.begin(), borders.before.end());
  pads.insert(pads.end(), {0, 0});
  pads.insert(pads.end(), borders.after.begin(), borders.after.end());
  Dims sizes = image.sizes;
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (sizes[i] >= 0) sizes[i] += borders.before[i] + borders.after[i];
  }
  std::vector<std::string> inputs = {image.value.name, call.builder().integers(call.path + ".pads", pads)};
  const std::string name = call.graph.zero_padded(std::move(inputs), call.path);
  return only(image_result(image, name, image.channels, std::move(sizes)));
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_cropping(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  const Borders borders = TRY(read_borders(call.settings(), "cropping", kAxes));
  std::vector<std::int64_t> ends;
  std::vector<std::int64_t> axes;
  Dims sizes = image.sizes;
  for (std::size_t i = 0; i < kAxes; ++i) {
    axes.push_back(static_cast<std::int64_t>(i) + 2);
    ends.push_back(borders.after[i] == 0 ? INT64_MAX : -borders.after[i]);
    if (sizes[i] < 0) continue;
    sizes[i] -= borders.before[i] + borders.after[i];
    if (sizes[i] < 1) return invalid_argument("nothing is left of the image");
  }
  GraphBuilder& builder = call.builder();
  const std::string name = builder.add(
      "Slice",
      {image.value.name, builder.integers(call.path + ".starts", borders.before),
       builder.integers(call.path + ".ends", std::move(ends)), builder.integers(call.path + ".axes", std::move(axes))},
      call.path);
  return only(image_result(image, name, image.channels, std::move(sizes)));
}

/// How pixels are found: nearest repeats them, bilinear takes pixels for squares.
Result<Attributes> resize_attributes(const std::string& interpolation) {
  if (interpolation == "nearest") {
    return attributes("mode", std::string("nearest"), "coordinate_transformation_mode", std::string("asymmetric"),
                      "nearest_mode", std::string("floor"));
  }
  if (interpolation == "bilinear") {
    return attributes("mode", std::string("linear"), "coordinate_transformation_mode", std::string("half_pixel"));
  }
  return fail(Code::kUnimplemented,
              fmt::format("the interpolation '{}': expected 'nearest' or 'bilinear'", interpolation));
}

template <std::size_t kAxes>
Result<std::vector<Value>> build_up_sampling(LayerCall& call) {
  const Image image = TRY(image_input(call, kAxes));
  const std::vector<std::int64_t> factors = TRY(call.settings().per_axis("size", kAxes, 2));
  Attributes made = TRY(resize_attributes(TRY(call.settings().text("interpolation", "nearest"))));
  std::vector<float> scales = {1, 1};
  Dims sizes = image.sizes;
  for (std::size_t i = 0; i < kAxes; ++i) {
    scales.push_back(static_cast<float>(factors[i]));
    if (sizes[i] >= 0 && __builtin_mul_overflow(sizes[i], factors[i], &sizes[i])) {
      return invalid_argument("the image gets too large");
    }
  }
  const std::string scale =
      call.graph.weight(call.path + ".scales", {static_cast<std::int64_t>(scales.size())}, scales);
  const std::string name = call.builder().add("Resize", {image.value.name, "", scale}, call.path, std::move(made));
  return only(image_result(image, name, image.channels, std::move(sizes)));
}

/// To a size; the nearest pixel is that under the middle.
Result<std::vector<Value>> build_resizing(LayerCall& call) {
  const Image image = TRY(image_input(call, 2));
  const ConfigValue& settings = call.settings();
  for (const std::string_view other : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"}) {
    if (TRY(settings.flag(other, false))) return fail(Code::kUnimplemented, fmt::format("the setting '{}'", other));
  }
  const std::int64_t height = TRY(settings.positive("height"));
  const std::int64_t width = TRY(settings.positive("width"));
  const std::string interpolation = TRY(settings.text("interpolation", "bilinear"));
  Attributes made = TRY(resize_attributes(interpolation));
  if (interpolation == "nearest") {
    made.insert_or_assign("coordinate_transformation_mode", std::string("half_pixel"));
    made.insert_or_assign("nearest_mode", std::string("round_prefer_ceil"));
  }
  GraphBuilder& builder = call.builder();
  const std::string shape = builder.add("Shape", {image.value.name}, call.path + ".shape",
                                        attributes("start", std::int64_t{0}, "end", std::int64_t{2}));
  const std::string sizes = builder.add("Concat", {shape, builder.integers(call.path + ".size", {height, width})},
                                        call.path + ".sizes", attributes("axis", std::int64_t{0}));
  const std::string name = builder.add("Resize", {image.value.name, "", "", sizes}, call.path, std::move(made));
  return only(image_result(image, name, image.channels, {height, width}));
}

constexpr std::array<LayerClass, 10> kSpatialLayers = {{{"ZeroPadding1D", build_zero_padding<1>},
                                                        {"ZeroPadding2D", build_zero_padding<2>},
                                                        {"ZeroPadding3D", build_zero_padding<3>},
                                                        {"Cropping1D", build_cropping<1>},
                                                        {"Cropping2D", build_cropping<2>},
                                                        {"Cropping3D", build_cropping<3>},
                                                        {"UpSampling1D", build_up_sampling<1>},
                                                        {"UpSampling2D", build_up_sampling<2>},
                                                        {"UpSampling3D", build_up_sampling<3>},
                                                        {"Resizing", build_resizing}}};

}  // namespace

std::span<const LayerClass> image_layers() { return kSpatialLayers; }

}  // namespace tandem::convert::keras
