// SPDX-License-Identifier: Apache-2.0
// From text or numbers to pixels.
#include "serve/api/image_input.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "base/base64.h"

namespace tandem::serve {
namespace {

constexpr std::int64_t kMaxSide = 1 << 15;
constexpr std::string_view kWhiteSpace = " \t\r\n";

struct PixelShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 1;
};

Result<PixelShape> nested_shape(const std::vector<std::int64_t>& dims) {
  const std::int64_t channels = dims.size() == 3 ? dims[2] : 1;
  if (channels != 1 && channels != 3) {
    return invalid_argument(
        fmt::format("image_data: expected numbers as [H][W], [H][W][1] or [H][W][3], got [{}]", fmt::join(dims, "][")));
  }
  return PixelShape{dims[0], dims[1], channels};
}

Result<PixelShape> flat_shape(std::int64_t count, const ImagePreprocess& model_input) {
  const std::int64_t pixels = std::int64_t{model_input.width} * model_input.height;
  for (const std::int64_t channels : {std::int64_t{1}, std::int64_t{3}}) {
    if (count == pixels * channels) return PixelShape{model_input.height, model_input.width, channels};
  }
  return invalid_argument(
      fmt::format("image_data: a flat list for this model needs {} numbers (gray {}x{}) or {} (RGB), got {}", pixels,
                  model_input.width, model_input.height, pixels * 3, count));
}

/// 255 when every value is at most 1, else 1.
Result<float> find_scale(const std::vector<float>& values) {
  float largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 255)) {
      return invalid_argument(
          fmt::format("image_data: expected numbers of 0..1 or of 0..255, got {} at place {}", values[i], i));
    }
    largest = std::max(largest, values[i]);
  }
  return largest <= 1 ? 255.0F : 1.0F;
}

}  // namespace

Result<std::vector<std::byte>> decode_image_text(std::string_view text) {
  if (text.starts_with("data:")) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) {
      return invalid_argument("image_data: a data URL must be of the form data:image/png;base64,...");
    }
    text.remove_prefix(comma + 1);
  }
  std::string compact;
  if (text.find_first_of(kWhiteSpace) != std::string_view::npos) {
    compact.reserve(text.size());
    std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
                 [](char c) { return kWhiteSpace.find(c) == std::string_view::npos; });
    text = compact;
  }
  if (text.empty()) return invalid_argument("image_data: expected an image as base64 text, got empty text");
  auto bytes = decode_base64(text);
  if (!bytes) return fail(bytes.error().with_context("image_data"));
  return bytes;
}

Result<Image> image_from_numbers(const NumberImage& numbers, const ImagePreprocess& model_input) {
  const auto count = static_cast<std::int64_t>(numbers.values.size());
  const PixelShape shape =
      numbers.dims.size() == 1 ? TRY(flat_shape(count, model_input)) : TRY(nested_shape(numbers.dims));
  if (shape.height < 1 || shape.width < 1 || shape.height > kMaxSide || shape.width > kMaxSide) {
    return invalid_argument(fmt::format("image_data: an image has 1 to {} pixels a side, got {} x {}", kMaxSide,
                                        shape.width, shape.height));
  }
  const float scale = TRY(find_scale(numbers.values));
  Image image;
  image.width = static_cast<int>(shape.width);
  image.height = static_cast<int>(shape.height);
  image.channels = static_cast<int>(shape.channels);
  image.pixels.reserve(numbers.values.size());
  for (const float value : numbers.values)
    image.pixels.push_back(static_cast<std::uint8_t>(std::lround(value * scale)));
  return image;
}

}  // namespace tandem::serve
