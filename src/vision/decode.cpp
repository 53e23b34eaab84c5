// SPDX-License-Identifier: Apache-2.0
// Recognizes an image by its first bytes and hands it to the right decoder.
#include "vision/decode.h"

#include <fmt/format.h>

#include <array>
#include <new>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "vision/decode_formats.h"
#include "vision/preprocess.h"

namespace tandem {
namespace {

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
};

// Formats that people send and we do not take, so that the sentence can name them.
constexpr std::array<Signature, 6> kForeign = {{
    {0, "GIF8", "GIF"},
    {0, "BM", "BMP"},
    {8, "WEBP", "WebP"},
    {0, std::string_view("II*\0", 4), "TIFF"},
    {0, std::string_view("MM\0*", 4), "TIFF"},
    {128, "DICM", "DICOM"},
}};

bool has(std::span<const std::byte> bytes, std::size_t offset, std::string_view signature) {
  const std::string_view text = as_text(bytes);
  return text.size() >= offset + signature.size() && text.substr(offset, signature.size()) == signature;
}

std::string describe(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "no bytes at all";
  for (const Signature& foreign : kForeign) {
    if (has(bytes, foreign.offset, foreign.bytes)) return fmt::format("{}; convert it first", foreign.name);
  }
  std::string start;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) {
    start += fmt::format("{}{:02x}", i == 0 ? "" : " ", static_cast<unsigned>(bytes[i]));
  }
  return fmt::format("{} bytes that begin with {}", bytes.size(), start);
}

Result<Image> decode_recognized(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (has(bytes, 0, "\x89PNG\r\n\x1a\n")) return decode_png(bytes, limits);
  if (has(bytes, 0, "\xff\xd8\xff")) return decode_jpeg(bytes, limits);
  return invalid_argument("image: expected a PNG or JPEG, got " + describe(bytes));
}

}  // namespace

Status check_image_size(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  const auto side = static_cast<std::uint64_t>(kMaxImageSide);
  if (width < 1 || height < 1 || width > side || height > side) {
    return invalid_argument(
        fmt::format("image: expected sides from 1 to {} pixels, got {}x{}", kMaxImageSide, width, height));
  }
  if (width * height > limits.max_pixels) {
    return invalid_argument(fmt::format("image: expected at most {} pixels, got {}x{} = {}; scale it down",
                                        limits.max_pixels, width, height, width * height));
  }
  return {};
}

Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  try {
    return decode_recognized(bytes, limits);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "image: not enough memory for its pixels");
  }
}

}  // namespace tandem
