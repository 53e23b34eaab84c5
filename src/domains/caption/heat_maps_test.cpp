// SPDX-License-Identifier: Apache-2.0
// One tile a word, bright where the model looked.
#include "domains/caption/heat_maps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::caption {
namespace {

using ::testing::HasSubstr;

Image gray(int width, int height) {
  return {width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), 128)};
}

Caption words(std::size_t count, const std::vector<float>& attention, CaptionGrid grid) {
  Caption caption{"", {}, grid, true};
  for (std::size_t i = 0; i < count; ++i) caption.words.push_back({"word", 1, attention});
  return caption;
}

int red(const Image& image, int x, int y) { return image.pixels[static_cast<std::size_t>(y * image.width + x) * 3]; }

TEST(HeatMaps, TheFirstTileIsTheImage) {
  const auto sheet = draw_heat_maps(gray(112, 112), words(0, {}, {}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_EQ(*sheet, gray(224, 224));
}

TEST(HeatMaps, FiveTilesStandInARow) {
  const auto sheet = draw_heat_maps(gray(448, 224), words(5, {1, 0, 0, 0}, {2, 2}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_EQ(sheet->width, 5 * 224 + 4 * 4);
  EXPECT_EQ(sheet->height, 2 * 112 + 4);
  EXPECT_EQ(red(*sheet, 300, 200), 255);  // no sixth-and-a-half word: paper
}

TEST(HeatMaps, AreBrightWhereTheModelLooked) {
  const auto sheet = draw_heat_maps(gray(112, 112), words(1, {0, 0, 0.2F, 0}, {2, 2}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  const int left = 224 + 4;
  EXPECT_EQ(red(*sheet, left + 10, 10), 32);    // a quarter of 128
  EXPECT_GT(red(*sheet, left + 10, 213), 150);  // row 1, column 0
  EXPECT_EQ(red(*sheet, left + 213, 213), 32);
}

TEST(HeatMaps, AttentionThatIsNothingIsDark) {
  const auto sheet = draw_heat_maps(gray(4, 4), words(1, {0}, {1, 1}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_EQ(red(*sheet, 300, 100), 32);
}

TEST(HeatMaps, NeedAModelThatSaysWhereItLooked) {
  const auto sheet = draw_heat_maps(gray(4, 4), words(1, {}, {}));
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(sheet.error().message, HasSubstr("output 'alpha'"));
}

TEST(HeatMaps, RefuseAnEmptyImage) { EXPECT_FALSE(draw_heat_maps({}, {})); }

}  // namespace
}  // namespace tandem::caption
