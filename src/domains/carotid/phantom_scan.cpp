// SPDX-License-Identifier: Apache-2.0
// Speckle, blur, envelope, log compression.
#include "domains/carotid/phantom_scan.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace tandem::carotid {
namespace {

constexpr double kWhitest = .997;  // the quantile of the envelope that is shown white
constexpr float kFaintest = 1e-6F;

/// A Gaussian of `sigma` points whose squares sum to 1, so that blurred noise keeps its power; 2 reach + 1 taps.
std::vector<float> make_taps(double sigma) {
  const int reach = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<float> taps;
  double energy = 0;
  for (int k = -reach; k <= reach; ++k) {
    const double tap = std::exp(-(k / sigma) * (k / sigma) / 2);
    taps.push_back(static_cast<float>(tap));
    energy += tap * tap;
  }
  for (float& tap : taps) tap /= static_cast<float>(std::sqrt(energy));
  return taps;
}

/// sums[i] += tap * values[i]
void add_scaled(float tap, const float* values, std::vector<float>& sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += tap * values[i];
}

/// The real or the imaginary part of the echo, [side, side].
class Field final {
 public:
  explicit Field(std::size_t side) : side_(side), values_(side * side) {}

  float& operator[](std::size_t i) { return values_[i]; }
  const std::vector<float>& values() const { return values_; }

  void blur_rows(const std::vector<float>& taps) {
    const std::size_t reach = taps.size() / 2;
    std::vector<float> padded(side_ + 2 * reach);
    std::vector<float> sums(side_);
    for (std::size_t y = 0; y < side_; ++y) {
      float* row = values_.data() + y * side_;
      for (std::size_t i = 0; i < padded.size(); ++i) padded[i] = row[(i + wrap() - reach) % side_];
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (std::size_t k = 0; k < taps.size(); ++k) add_scaled(taps[k], padded.data() + k, sums);
      std::copy(sums.begin(), sums.end(), row);
    }
  }

  void blur_columns(const std::vector<float>& taps) {
    const std::size_t reach = taps.size() / 2;
    const std::vector<float> before = values_;
    std::vector<float> sums(side_);
    for (std::size_t y = 0; y < side_; ++y) {
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (std::size_t k = 0; k < taps.size(); ++k) {
        add_scaled(taps[k], before.data() + (y + k + wrap() - reach) % side_ * side_, sums);
      }
      std::copy(sums.begin(), sums.end(), values_.data() + y * side_);
    }
  }

 private:
  /// A multiple of the side that no reach exceeds, so that indices stay above 0.
  std::size_t wrap() const { return 64 * side_; }

  std::size_t side_;
  std::vector<float> values_;
};

/// With linear interpolation between the two nearest ranks, as numpy.quantile. Not empty.
float quantile(std::vector<float> values, double share) {
  const double rank = share * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), below, values.end());
  if (below + 1 == values.end()) return *below;
  const float above = *std::min_element(below + 1, values.end());
  return *below + static_cast<float>(rank - std::floor(rank)) * (above - *below);
}

std::vector<float> make_envelope(const EchoMap& map, const PhantomScanner& scanner, PhantomRandom& random) {
  const auto side = static_cast<std::size_t>(map.side);
  Field real(side);
  Field imaginary(side);
  for (std::size_t i = 0; i < map.power.size(); ++i) {
    const PhantomRandom::NormalPair normals = random.normal_pair();
    const float amplitude = std::sqrt(map.power[i] / 2);
    real[i] = normals.first * amplitude;
    imaginary[i] = normals.second * amplitude;
  }
  const std::vector<float> axial = make_taps(scanner.psf_axial / map.step());
  const std::vector<float> lateral = make_taps(scanner.psf_lateral / map.step());
  for (Field* field : {&real, &imaginary}) {
    field->blur_columns(axial);
    field->blur_rows(lateral);
  }
  std::vector<float> envelope(map.power.size());
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    envelope[i] = std::sqrt(real[i] * real[i] + imaginary[i] * imaginary[i]);
  }
  return envelope;
}

}  // namespace

Image scan(const EchoMap& map, const PhantomScanner& scanner, double gain_db, PhantomRandom& random) {
  CHECK(map.side >= 2 && map.side % 2 == 0);
  std::vector<float> levels = make_envelope(map, scanner, random);
  const float white = quantile(levels, kWhitest);
  const auto gain = static_cast<float>(gain_db);
  const auto range = static_cast<float>(scanner.range_db);
  for (float& level : levels) {
    level = std::clamp(1 + (20 * std::log10(level / white + kFaintest) + gain) / range, 0.0F, 1.0F);
  }
  Image image{map.side / 2, map.side / 2, 1, {}};
  image.pixels.resize(image.pixel_count());
  const auto side = static_cast<std::size_t>(map.side);
  for (std::size_t y = 0; y < side / 2; ++y) {
    const float* upper = levels.data() + 2 * y * side;
    const float* lower = upper + side;
    for (std::size_t x = 0; x < side / 2; ++x) {
      const float mean = (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]) / 4;
      image.pixels[y * side / 2 + x] = static_cast<std::uint8_t>(std::lround(mean * 255));
    }
  }
  return image;
}

}  // namespace tandem::carotid
