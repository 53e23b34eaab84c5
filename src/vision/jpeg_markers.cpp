// SPDX-License-Identifier: Apache-2.0
// A small strict reader of JPEG segments and of the one EXIF entry that matters.
#include "vision/jpeg_markers.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace tandem {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShortType = 3;
constexpr std::size_t kEntrySize = 12;

/// A TIFF block: offsets count from its start, byte order as its header says.
class Tiff {
 public:
  Tiff(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<std::uint32_t> number(std::size_t offset, std::size_t width) const {
    if (offset > bytes_.size() || bytes_.size() - offset < width) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t at = big_endian_ ? offset + i : offset + width - 1 - i;
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at]);
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_endian_;
};

bool starts_with(Bytes bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

std::optional<int> read_orientation(Bytes bytes) {
  const bool big_endian = starts_with(bytes, "MM");
  if (!big_endian && !starts_with(bytes, "II")) return std::nullopt;
  const Tiff tiff(bytes, big_endian);
  if (tiff.number(2, 2) != 42U) return std::nullopt;
  const auto directory = tiff.number(4, 4);
  if (!directory) return std::nullopt;
  const auto count = tiff.number(*directory, 2);
  if (!count) return std::nullopt;
  for (std::size_t i = 0; i < *count; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntrySize;
    const auto tag = tiff.number(entry, 2);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto value = tiff.number(entry + 8, 2);
    if (tiff.number(entry + 2, 2) != kShortType || tiff.number(entry + 4, 4) != 1U || !value) return std::nullopt;
    if (*value < 1 || *value > 8) return std::nullopt;
    return static_cast<int>(*value);
  }
  return std::nullopt;
}

void read_segment(unsigned marker, Bytes body, JpegMarkers& markers) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  if (marker == 0xE1 && markers.orientation == 1 && starts_with(body, kExif)) {
    markers.orientation = read_orientation(body.subspan(kExif.size())).value_or(1);
  }
  if (marker == 0xEE && body.size() >= 12 && starts_with(body, "Adobe")) markers.adobe = true;
}

}  // namespace

JpegMarkers read_jpeg_markers(Bytes bytes) {
  JpegMarkers markers;
  std::size_t position = 2;  // after SOI
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(bytes[at]); };
  while (position + 4 <= bytes.size() && byte(position) == 0xFF) {
    const unsigned marker = byte(position + 1);
    if (marker == 0xFF) {  // a fill byte
      ++position;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) break;  // scan data, end
    const std::size_t length = byte(position + 2) << 8 | byte(position + 3);
    if (length < 2 || length > bytes.size() - position - 2) break;
    read_segment(marker, bytes.subspan(position + 4, length - 2), markers);
    position += 2 + length;
  }
  return markers;
}

Image apply_orientation(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool transposed = orientation >= 5;
  const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image turned{image.width, image.height, image.channels, std::vector<std::uint8_t>(image.pixels.size())};
  if (transposed) std::swap(turned.width, turned.height);
  const auto channels = static_cast<std::size_t>(image.channels);
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  std::uint8_t* target = turned.pixels.data();
  for (std::size_t y = 0; y < static_cast<std::size_t>(turned.height); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(turned.width); ++x) {
      std::size_t source_x = transposed ? y : x;
      std::size_t source_y = transposed ? x : y;
      if (mirror_x) source_x = width - 1 - source_x;
      if (mirror_y) source_y = height - 1 - source_y;
      target = std::copy_n(image.pixels.data() + (source_y * width + source_x) * channels, channels, target);
    }
  }
  return turned;
}

}  // namespace tandem
