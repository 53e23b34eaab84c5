// SPDX-License-Identifier: Apache-2.0
// Weights of small resizes, worked out by hand.
#include "vision/axis_taps.h"

#include <gtest/gtest.h>

#include <numeric>

namespace tandem {
namespace {

std::vector<float> resize(const std::vector<float>& source, std::int64_t size, Interpolation interpolation) {
  const auto length = static_cast<std::int64_t>(source.size());
  const AxisTaps taps = make_axis_taps({length, size, 0, size}, interpolation);
  std::vector<float> result;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < taps.count(i); ++k) {
      sum += taps.weights[taps.begin(i) + k] * source[static_cast<std::size_t>(taps.first[i]) + k];
    }
    result.push_back(sum);
  }
  return result;
}

using Row = std::vector<float>;

TEST(AxisTaps, EverySizeMapsToItself) {
  for (const auto mode : {Interpolation::kNearest, Interpolation::kBilinear, Interpolation::kArea}) {
    EXPECT_EQ(resize({1, 5, 9}, 3, mode), (Row{1, 5, 9}));
  }
}

TEST(AxisTaps, BilinearDoublesWithHalfPixelCentres) {
  EXPECT_EQ(resize({0, 4}, 4, Interpolation::kBilinear), (Row{0, 1, 3, 4}));
}

TEST(AxisTaps, BilinearShrinksWithoutAntialiasing) {
  EXPECT_EQ(resize({0, 10, 20, 30, 40, 50}, 2, Interpolation::kBilinear), (Row{10, 40}));
}

TEST(AxisTaps, NearestTakesThePixelUnderTheCentre) {
  EXPECT_EQ(resize({1, 2, 3, 4, 5}, 2, Interpolation::kNearest), (Row{2, 4}));
  EXPECT_EQ(resize({1, 2}, 4, Interpolation::kNearest), (Row{1, 1, 2, 2}));
}

TEST(AxisTaps, AreaIsTheMeanOfWholePixels) { EXPECT_EQ(resize({1, 3, 5, 7}, 2, Interpolation::kArea), (Row{2, 6})); }

TEST(AxisTaps, AreaWeighsCutPixelsByTheirShare) {
  const Row row = resize({3, 6, 9}, 2, Interpolation::kArea);
  EXPECT_FLOAT_EQ(row[0], 4);  // (3 + 6 / 2) / 1.5
  EXPECT_FLOAT_EQ(row[1], 8);
}

TEST(AxisTaps, AreaEnlargesAsBilinear) {
  EXPECT_EQ(resize({0, 4}, 4, Interpolation::kArea), resize({0, 4}, 4, Interpolation::kBilinear));
}

TEST(AxisTaps, ARangeIsThatPartOfTheWhole) {
  const AxisTaps whole = make_axis_taps({7, 19, 0, 19}, Interpolation::kBilinear);
  const AxisTaps part = make_axis_taps({7, 19, 5, 4}, Interpolation::kBilinear);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(part.first[i], whole.first[i + 5]);
    EXPECT_EQ(part.weights[part.begin(i)], whole.weights[whole.begin(i + 5)]);
  }
}

class AxisTapsSizes : public ::testing::TestWithParam<Interpolation> {};

TEST_P(AxisTapsSizes, StayInsideAndSumToOne) {
  for (std::int64_t source = 1; source <= 40; ++source) {
    for (std::int64_t resized = 1; resized <= 40; ++resized) {
      const AxisTaps taps = make_axis_taps({source, resized, 0, resized}, GetParam());
      for (std::size_t i = 0; i < taps.size(); ++i) {
        const auto begin = taps.weights.begin() + static_cast<std::ptrdiff_t>(taps.begin(i));
        const auto end = begin + static_cast<std::ptrdiff_t>(taps.count(i));
        ASSERT_NEAR(std::accumulate(begin, end, 0.0), 1.0, 1e-6);
        ASSERT_GE(taps.first[i], 0);
        ASSERT_LE(static_cast<std::size_t>(taps.first[i]) + taps.count(i), static_cast<std::size_t>(source));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AxisTapsSizes,
                         ::testing::Values(Interpolation::kNearest, Interpolation::kBilinear, Interpolation::kArea));

}  // namespace
}  // namespace tandem
