// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo's TurboJPEG interface, which never jumps and never exits.
#include <fmt/format.h>
#include <turbojpeg.h>

#include <memory>
#include <vector>

#include "vision/decode_formats.h"
#include "vision/jpeg_markers.h"

namespace tandem {
namespace {

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, DestroyHandle>;

tl::unexpected<Error> damaged(const Handle& handle) {
  return invalid_argument(fmt::format("image: the JPEG is damaged: {}", tjGetErrorStr2(handle.get())));
}

/// CMYK to RGB as light times light: r = c * k / 255, where Adobe stores c and k inverted, as we need them.
std::vector<std::uint8_t> to_rgb(const std::vector<std::uint8_t>& cmyk, bool adobe) {
  std::vector<std::uint8_t> rgb(cmyk.size() / 4 * 3);
  const unsigned flip = adobe ? 0 : 255;
  for (std::size_t i = 0; i < cmyk.size() / 4; ++i) {
    const unsigned k = cmyk[4 * i + 3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[3 * i + c] = static_cast<std::uint8_t>(((cmyk[4 * i + c] ^ flip) * k + 127U) / 255U);
    }
  }
  return rgb;
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const Handle handle(tjInitDecompress());
  if (!handle) return fail(Code::kResourceExhausted, "image: libjpeg-turbo could not start: not enough memory");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, subsampling = 0, colorspace = 0;
  if (tjDecompressHeader3(handle.get(), data, bytes.size(), &width, &height, &subsampling, &colorspace) != 0) {
    return damaged(handle);
  }
  TRY(check_image_size(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), limits));

  const bool gray = colorspace == TJCS_GRAY;
  const bool cmyk = colorspace == TJCS_CMYK || colorspace == TJCS_YCCK;
  const int format = gray ? TJPF_GRAY : cmyk ? TJPF_CMYK : TJPF_RGB;
  Image image{width, height, gray ? 1 : 3, {}};
  image.pixels.resize(image.pixel_count() * static_cast<std::size_t>(tjPixelSize[format]));
  const int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING;
  if (tjDecompress2(handle.get(), data, bytes.size(), image.pixels.data(), width, 0, height, format, flags) != 0) {
    return damaged(handle);
  }
  const JpegMarkers markers = read_jpeg_markers(bytes);
  if (cmyk) image.pixels = to_rgb(image.pixels, markers.adobe);
  return apply_orientation(std::move(image), markers.orientation);
}

}  // namespace tandem
