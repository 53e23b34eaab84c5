// SPDX-License-Identifier: Apache-2.0
// PNG writing through libpng's simplified interface, which catches its own jumps.
#include "vision/encode.h"

#include <fmt/format.h>
#include <png.h>

#include <new>

#include "vision/decode_formats.h"
#include "vision/image_check.h"

namespace tandem {
namespace {

Status check_encodable(const Image& image) {
  TRY(check_image(image));
  return check_image_size(static_cast<std::uint64_t>(image.width), static_cast<std::uint64_t>(image.height), {});
}

Result<std::vector<std::byte>> write(const Image& image, const PngOptions& options) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png.flags = options.fast ? PNG_IMAGE_FLAG_FAST : 0;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::byte> bytes(size);
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    return internal_error(fmt::format("image: libpng could not write it: {}", png.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

Result<std::vector<std::byte>> encode_png(const Image& image, const PngOptions& options) {
  TRY(check_encodable(image));
  try {
    return write(image, options);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "image: not enough memory to write it as PNG");
  }
}

}  // namespace tandem
