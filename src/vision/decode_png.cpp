// SPDX-License-Identifier: Apache-2.0
// PNG through libpng. Its errors jump; every function that may be jumped over holds plain data only.
#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <vector>

#include "vision/decode_formats.h"

namespace tandem {
namespace {

constexpr png_alloc_size_t kMaxChunkBytes = 8U << 20;  // of one compressed text or profile chunk
constexpr png_uint_32 kMaxChunks = 1000;

/// What libpng's callbacks see. Plain data: it is alive while errors jump.
struct PngInput {
  const std::byte* data = nullptr;
  std::size_t size = 0;
  std::size_t position = 0;
  char message[160] = "";
};

void read_bytes(png_structp png, png_bytep target, png_size_t count) {
  auto* input = static_cast<PngInput*>(png_get_io_ptr(png));
  if (count > input->size - input->position) png_error(png, "the file ends too early");
  std::memcpy(target, input->data + input->position, count);
  input->position += count;
}

void on_error(png_structp png, png_const_charp message) {
  auto* input = static_cast<PngInput*>(png_get_error_ptr(png));
  std::strncpy(input->message, message, sizeof(input->message) - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

class PngReader {
 public:
  explicit PngReader(PngInput& input) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input, on_error, on_warning);
    if (png_ == nullptr) return;
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, &input, read_bytes);
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_chunk_cache_max(png_, kMaxChunks);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool ready() const { return png_ != nullptr && info_ != nullptr; }

  /// Reads up to the pixels, and asks for 8 bits a channel without palettes. False: an error is in the input's message.
  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    png_set_expand(png_);    // palettes to RGB, few bits to 8, transparent colours to alpha
    png_set_scale_16(png_);  // rounds; strip_16 would truncate
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  /// Reads every row and the chunks behind them. False: an error is in the input's message.
  bool read_pixels(std::uint8_t* pixels, std::size_t row_bytes) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    const png_uint_32 rows = height();
    for (int pass = 0; pass < passes_; ++pass) {
      for (png_uint_32 y = 0; y < rows; ++y) png_read_row(png_, pixels + y * row_bytes, nullptr);
    }
    png_read_end(png_, nullptr);
    return true;
  }

  png_uint_32 width() const { return png_get_image_width(png_, info_); }
  png_uint_32 height() const { return png_get_image_height(png_, info_); }
  std::size_t channels() const { return png_get_channels(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

 private:
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
};

/// [.., colours + alpha] to [.., colours] over black, in place.
template <std::size_t kColors>
void composite_over_black(std::vector<std::uint8_t>& pixels, std::size_t count) {
  std::uint8_t* data = pixels.data();
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned alpha = data[i * (kColors + 1) + kColors];
    for (std::size_t c = 0; c < kColors; ++c) {
      data[i * kColors + c] = static_cast<std::uint8_t>((data[i * (kColors + 1) + c] * alpha + 127U) / 255U);
    }
  }
  pixels.resize(count * kColors);
}

tl::unexpected<Error> damaged(const PngInput& input) {
  return invalid_argument(
      fmt::format("image: the PNG is damaged after byte {} of {}: {}", input.position, input.size, input.message));
}

}  // namespace

Result<Image> decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  PngInput input;
  input.data = bytes.data();
  input.size = bytes.size();
  PngReader reader(input);
  if (!reader.ready()) return fail(Code::kResourceExhausted, "image: libpng could not start: not enough memory");
  if (!reader.read_header()) return damaged(input);
  TRY(check_image_size(reader.width(), reader.height(), limits));

  const std::size_t channels = reader.channels();
  Image image{static_cast<int>(reader.width()), static_cast<int>(reader.height()), channels <= 2 ? 1 : 3, {}};
  if (reader.row_bytes() != static_cast<std::size_t>(image.width) * channels) {
    return internal_error("image: libpng gives rows of an unexpected size");
  }
  image.pixels.resize(image.pixel_count() * channels);
  if (!reader.read_pixels(image.pixels.data(), reader.row_bytes())) return damaged(input);
  if (channels == 2) composite_over_black<1>(image.pixels, image.pixel_count());
  if (channels == 4) composite_over_black<3>(image.pixels, image.pixel_count());
  return image;
}

}  // namespace tandem
