// SPDX-License-Identifier: Apache-2.0
// From pixels to tensors: order of the steps, layouts, padding, inversion, refusals.
#include "vision/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// An input of the image's own size, raw values.
ImagePreprocess raw(const Image& image, ColorOrder color) {
  ImagePreprocess settings;
  settings.width = image.width;
  settings.height = image.height;
  settings.color = color;
  settings.scale = 1;
  return settings;
}

std::vector<float> values(const Result<PreprocessedImage>& result) {
  EXPECT_TRUE(result) << result.error().message;
  const auto span = result->tensor.values<float>();
  return {span.begin(), span.end()};
}

const Image kTwoPixels{2, 1, 3, {1, 2, 3, 4, 5, 6}};

TEST(Preprocess, NchwHasPlanes) {
  const auto result = preprocess(kTwoPixels, raw(kTwoPixels, ColorOrder::kRgb));
  EXPECT_EQ(result->tensor.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_THAT(values(result), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(Preprocess, NhwcHasPixels) {
  ImagePreprocess settings = raw(kTwoPixels, ColorOrder::kRgb);
  settings.layout = Layout::kNhwc;
  const auto result = preprocess(kTwoPixels, settings);
  EXPECT_EQ(result->tensor.shape(), (Shape{1, 1, 2, 3}));
  EXPECT_THAT(values(result), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Preprocess, BgrTurnsTheChannelsRound) {
  EXPECT_THAT(values(preprocess(kTwoPixels, raw(kTwoPixels, ColorOrder::kBgr))), ElementsAre(3, 6, 2, 5, 1, 4));
}

TEST(Preprocess, MeanAndStdAreThoseOfTheOutputChannel) {
  ImagePreprocess settings = raw(kTwoPixels, ColorOrder::kBgr);
  settings.mean = {1, 2, 3};
  settings.std = {1, 2, 4};
  EXPECT_THAT(values(preprocess(kTwoPixels, settings)), ElementsAre(2, 5, 0, 1.5, -0.5, 0.25));
}

TEST(Preprocess, GrayBecomesThreeEqualChannels) {
  const Image gray{2, 1, 1, {7, 9}};
  EXPECT_THAT(values(preprocess(gray, raw(gray, ColorOrder::kRgb))), ElementsAre(7, 9, 7, 9, 7, 9));
}

TEST(Preprocess, ColourBecomesGrayBeforeItIsResized) {
  const Image image{2, 1, 3, {255, 0, 0, 0, 0, 255}};
  EXPECT_THAT(values(preprocess(image, raw(image, ColorOrder::kGray))), ElementsAre(76, 29));
}

TEST(Preprocess, ScaleComesBeforeMeanAndStd) {
  const Image gray{1, 1, 1, {100}};
  ImagePreprocess settings = raw(gray, ColorOrder::kGray);
  settings.scale = 0.5F;
  settings.mean = {10};
  settings.std = {4};
  EXPECT_THAT(values(preprocess(gray, settings)), ElementsAre(10));
}

TEST(Preprocess, InvertAlwaysTakesFrom255) {
  const Image gray{2, 1, 1, {0, 200}};
  ImagePreprocess settings = raw(gray, ColorOrder::kGray);
  settings.invert = Invert::kAlways;
  EXPECT_THAT(values(preprocess(gray, settings)), ElementsAre(255, 55));
}

TEST(Preprocess, InvertAutoAsksTheBorder) {
  const Image dark{3, 3, 1, {0, 0, 0, 0, 255, 0, 0, 0, 0}};
  const Image bright{3, 3, 1, {255, 255, 255, 255, 0, 255, 255, 255, 255}};
  ImagePreprocess settings = raw(dark, ColorOrder::kGray);
  settings.invert = Invert::kAuto;
  EXPECT_EQ(values(preprocess(dark, settings)), values(preprocess(bright, settings)));
}

TEST(Preprocess, PaddingIsNormalizedButNotInverted) {
  const Image gray{2, 1, 1, {10, 20}};
  ImagePreprocess settings = raw(gray, ColorOrder::kGray);
  settings.height = 3;
  settings.resize = ResizeMode::kLetterbox;
  settings.pad_value = 114;
  settings.invert = Invert::kAlways;
  settings.mean = {14};
  EXPECT_THAT(values(preprocess(gray, settings)), ElementsAre(100, 100, 231, 221, 100, 100));
}

TEST(Preprocess, LetterboxPadsLeftAndRightInNhwc) {
  const Image image{1, 2, 3, {1, 2, 3, 4, 5, 6}};
  ImagePreprocess settings = raw(image, ColorOrder::kRgb);
  settings.width = 2;
  settings.layout = Layout::kNhwc;
  settings.resize = ResizeMode::kLetterbox;
  settings.pad_value = 9;
  EXPECT_THAT(values(preprocess(image, settings)), ElementsAre(1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9, 9));
}

TEST(Preprocess, TopLeftPadsBehind) {
  const Image gray{2, 1, 1, {10, 20}};
  ImagePreprocess settings = raw(gray, ColorOrder::kGray);
  settings.height = 2;
  settings.resize = ResizeMode::kTopLeft;
  settings.pad_value = 1;
  EXPECT_THAT(values(preprocess(gray, settings)), ElementsAre(10, 20, 1, 1));
}

TEST(Preprocess, ShortSideCutsTheMiddleOut) {
  const Image gray{5, 1, 1, {1, 2, 3, 4, 5}};
  ImagePreprocess settings = raw(gray, ColorOrder::kGray);
  settings.width = 1;
  settings.resize = ResizeMode::kShortSide;
  const auto result = preprocess(gray, settings);
  EXPECT_THAT(values(result), ElementsAre(3));
  EXPECT_EQ(result->placement.offset_x, -2);
}

TEST(Preprocess, TheTensorIsAligned) {
  const auto result = preprocess(kTwoPixels, raw(kTwoPixels, ColorOrder::kRgb));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(result->tensor.data()) % 64, 0U);
}

TEST(Preprocess, TakesTheMostExtremeAspect) {
  const Image line{kMaxImageSide, 1, 1, std::vector<std::uint8_t>(kMaxImageSide, 3)};
  for (const auto mode : {ResizeMode::kStretch, ResizeMode::kLetterbox, ResizeMode::kShortSide, ResizeMode::kTopLeft}) {
    for (const auto interpolation : {Interpolation::kNearest, Interpolation::kBilinear, Interpolation::kArea}) {
      ImagePreprocess settings = raw(line, ColorOrder::kGray);
      settings.width = 8;
      settings.height = 512;
      settings.resize = mode;
      settings.interpolation = interpolation;
      EXPECT_TRUE(preprocess(line, settings));
    }
  }
}

std::string error_of(const Image& image, const ImagePreprocess& settings) {
  const auto result = preprocess(image, settings);
  return result ? "no error" : result.error().message;
}

TEST(Preprocess, RefusesAnEmptyImage) {
  EXPECT_THAT(error_of(Image{}, raw(kTwoPixels, ColorOrder::kRgb)), HasSubstr("got 0x0"));
}

TEST(Preprocess, RefusesPixelsThatDoNotFillTheImage) {
  const Image image{2, 2, 3, {1, 2, 3}};
  EXPECT_THAT(error_of(image, raw(image, ColorOrder::kRgb)), HasSubstr("needs 12 bytes, got 3"));
}

TEST(Preprocess, RefusesTwoChannels) {
  const Image image{1, 1, 2, {1, 2}};
  EXPECT_THAT(error_of(image, raw(image, ColorOrder::kRgb)), HasSubstr("got 2"));
}

TEST(Preprocess, RefusesSettingsThatCannotBe) {
  ImagePreprocess settings = raw(kTwoPixels, ColorOrder::kRgb);
  settings.mean = {1};
  EXPECT_THAT(error_of(kTwoPixels, settings), HasSubstr("expected 3 values of mean"));
  settings.mean.clear();
  settings.std = {1, 0, 1};
  EXPECT_THAT(error_of(kTwoPixels, settings), HasSubstr("std must not be 0"));
  settings.std.clear();
  settings.pad_value = 256;
  EXPECT_THAT(error_of(kTwoPixels, settings), HasSubstr("got 256"));
  settings.pad_value = 0;
  settings.width = 0;
  EXPECT_THAT(error_of(kTwoPixels, settings), HasSubstr("got 0x1"));
}

}  // namespace
}  // namespace tandem
