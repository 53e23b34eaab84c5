// SPDX-License-Identifier: Apache-2.0
// Each tile is the image, lit by the attention between the cells' centres.
#include "domains/caption/heat_maps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "vision/preprocess.h"

namespace tandem::caption {
namespace {

constexpr int kTileSide = 224;  // the longer one
constexpr int kGap = 4;
constexpr std::size_t kTilesInARow = 5;
constexpr float kDark = 0.25F;                         // of a pixel's own light where the model did not look
constexpr std::array<float, 3> kWarm = {255, 140, 0};  // orange, seen by colour-blind people, too
constexpr float kWarmth = 0.35F;                       // of that colour where it looked most

struct TileSize {
  int width = 0;
  int height = 0;
};

TileSize tile_size(const Image& image) {
  const double scale = static_cast<double>(kTileSide) / std::max(image.width, image.height);
  return {std::max(1, static_cast<int>(std::lround(image.width * scale))),
          std::max(1, static_cast<int>(std::lround(image.height * scale)))};
}

/// One word's attention as a surface over the image, 0 to 1.
class Surface final {
 public:
  Surface(const std::vector<float>& cells, const CaptionGrid& grid)
      : cells_(cells), grid_(grid), largest_(*std::max_element(cells.begin(), cells.end())) {}

  /// x and y from 0 to 1.
  float at(double x, double y) const {
    const Axis across = along(x, grid_.columns);
    const Axis down = along(y, grid_.rows);
    const double upper = mix(cell(down.first, across.first), cell(down.first, across.second), across.share);
    const double lower = mix(cell(down.second, across.first), cell(down.second, across.second), across.share);
    return static_cast<float>(std::clamp(mix(upper, lower, down.share), 0.0, 1.0));
  }

 private:
  /// The two cells on whose centres' line the place lies, and how far it is towards the second.
  struct Axis {
    std::size_t first = 0, second = 0;
    double share = 0;
  };
  static Axis along(double place, std::size_t cells) {
    const double position = std::clamp(place * static_cast<double>(cells) - .5, 0.0, static_cast<double>(cells - 1));
    const auto first = static_cast<std::size_t>(position);
    return {first, std::min(first + 1, cells - 1), position - static_cast<double>(first)};
  }
  static double mix(double a, double b, double share) { return a + (b - a) * share; }
  double cell(std::size_t row, std::size_t column) const {
    return largest_ > 0 ? static_cast<double>(cells_[row * grid_.columns + column] / largest_) : 0;
  }

  const std::vector<float>& cells_;
  CaptionGrid grid_;
  float largest_;
};

/// Tiles in reading order.
class Sheet final {
 public:
  Sheet(TileSize tile, std::size_t count) : tile_(tile) {
    const std::size_t columns = std::min(count, kTilesInARow);
    const std::size_t rows = (count + kTilesInARow - 1) / kTilesInARow;
    sheet_.width = static_cast<int>(columns) * (tile.width + kGap) - kGap;
    sheet_.height = static_cast<int>(rows) * (tile.height + kGap) - kGap;
    sheet_.pixels.assign(sheet_.pixel_count() * 3, 255);
  }

  /// light(x, y): 0 to 1 at a place from 0 to 1; pixels: [height, width, 3] of the tile, 0 to 255.
  template <typename Light>
  void add(std::span<const float> pixels, const Light& light) {
    const int left = static_cast<int>(next_ % kTilesInARow) * (tile_.width + kGap);
    const int top = static_cast<int>(next_ / kTilesInARow) * (tile_.height + kGap);
    ++next_;
    std::size_t source = 0;
    for (int y = 0; y < tile_.height; ++y) {
      auto target = static_cast<std::size_t>((top + y) * sheet_.width + left) * 3;
      for (int x = 0; x < tile_.width; ++x) {
        const float lit = light((x + .5) / tile_.width, (y + .5) / tile_.height);
        for (std::size_t c = 0; c < 3; ++c) sheet_.pixels[target++] = shade(pixels[source++], lit, kWarm[c]);
      }
    }
  }

  void add_plain(std::span<const float> pixels) {
    const auto none = [](double, double) { return kPlain; };
    add(pixels, none);
  }

  Image take() && { return std::move(sheet_); }

 private:
  static constexpr float kPlain = -1;

  static std::uint8_t shade(float pixel, float lit, float warm) {
    if (lit == kPlain) return to_byte(pixel);
    const float bright = pixel * (kDark + (1 - kDark) * lit);
    const float warmth = kWarmth * lit;
    return to_byte(bright * (1 - warmth) + warm * warmth);
  }
  static std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
  }

  TileSize tile_;
  std::size_t next_ = 0;
  Image sheet_{0, 0, 3, {}};
};

}  // namespace

Result<Image> draw_heat_maps(const Image& image, const Caption& caption) {
  if (image.width < 1 || image.height < 1) return invalid_argument("heat maps: the image is empty");
  const std::size_t cells = caption.grid.rows * caption.grid.columns;
  for (const CaptionWord& word : caption.words) {
    if (cells > 0 && word.attention.size() == cells) continue;
    return fail(Code::kFailedPrecondition,
                "heat maps: the model does not say where it looked; its step needs an output 'alpha' [batch, cells]");
  }
  const TileSize tile = tile_size(image);
  ImagePreprocess settings;
  settings.width = tile.width;
  settings.height = tile.height;
  settings.interpolation = Interpolation::kArea;
  settings.layout = Layout::kNhwc;
  settings.scale = 1;
  const PreprocessedImage resized = TRY(preprocess(image, settings));
  const std::span<const float> pixels = resized.tensor.values<float>();
  Sheet sheet(tile, caption.words.size() + 1);
  sheet.add_plain(pixels);
  for (const CaptionWord& word : caption.words) {
    const Surface surface(word.attention, caption.grid);
    sheet.add(pixels, [&surface](double x, double y) { return surface.at(x, y); });
  }
  return std::move(sheet).take();
}

}  // namespace tandem::caption
