// SPDX-License-Identifier: Apache-2.0
// Facts about the forms of image_data.
#include "serve/api/image_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImagePreprocess two_by_one() {
  ImagePreprocess settings;
  settings.width = 2;
  settings.height = 1;
  return settings;
}

TEST(DecodeImageText, TakesBase64AndDataUrls) {
  EXPECT_EQ(decode_image_text("aGk=")->size(), 2U);
  EXPECT_EQ(decode_image_text("data:image/png;base64,aGk=")->size(), 2U);
  EXPECT_EQ(decode_image_text("aG\nk=\n")->size(), 2U);
}

TEST(DecodeImageText, RefusesOtherText) {
  for (const char* text : {"", "@@ no image @@", "data:image/png,abc", "data:", "data:image/png;base64,"}) {
    const auto decoded = decode_image_text(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_THAT(decoded.error().message, HasSubstr("image_data"));
  }
}

TEST(ImageFromNumbers, ScalesValuesOfZeroToOne) {
  EXPECT_THAT(image_from_numbers({{1, 2}, {0, 1}}, {})->pixels, ElementsAre(0, 255));
  EXPECT_THAT(image_from_numbers({{1, 2}, {0, 2}}, {})->pixels, ElementsAre(0, 2));
}

TEST(ImageFromNumbers, TakesColour) {
  const auto image = image_from_numbers({{1, 1, 3}, {10, 20, 30}}, {});
  EXPECT_EQ(image->channels, 3);
  EXPECT_THAT(image->pixels, ElementsAre(10, 20, 30));
}

TEST(ImageFromNumbers, TakesFlatNumbersOfTheModelsSize) {
  EXPECT_EQ(image_from_numbers({{2}, {10, 20}}, two_by_one())->channels, 1);
  EXPECT_EQ(image_from_numbers({{6}, {1, 2, 3, 4, 5, 6}}, two_by_one())->channels, 3);
}

TEST(ImageFromNumbers, RefusesWhatIsNoImage) {
  const NumberImage cases[] = {{{3}, {1, 2, 3}},    {{0}, {}},      {{1, 0}, {}},
                               {{1, 1, 2}, {1, 2}}, {{1, 1}, {-1}}, {{1, 1}, {256}}};
  for (const NumberImage& numbers : cases) {
    const auto image = image_from_numbers(numbers, two_by_one());
    ASSERT_FALSE(image);
    EXPECT_THAT(image.error().message, HasSubstr("image_data"));
  }
}

}  // namespace
}  // namespace tandem::serve
