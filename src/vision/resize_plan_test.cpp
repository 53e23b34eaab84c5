// SPDX-License-Identifier: Apache-2.0
// Where images land, worked out by hand.
#include "vision/resize_plan.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

ImagePreprocess settings(ResizeMode mode, int width, int height) {
  ImagePreprocess result;
  result.resize = mode;
  result.width = width;
  result.height = height;
  return result;
}

TEST(ResizePlan, StretchFillsBothAxes) {
  const ResizePlan plan = plan_resize(10, 20, settings(ResizeMode::kStretch, 30, 5));
  EXPECT_EQ(plan.x, (AxisPlan{10, 30, 0, 0, 30}));
  EXPECT_EQ(plan.y, (AxisPlan{20, 5, 0, 0, 5}));
}

TEST(ResizePlan, LetterboxOfAFullHdFrameIsThatOfYolo) {
  const ResizePlan plan = plan_resize(1920, 1080, settings(ResizeMode::kLetterbox, 640, 640));
  EXPECT_EQ(plan.x, (AxisPlan{1920, 640, 0, 0, 640}));
  EXPECT_EQ(plan.y, (AxisPlan{1080, 360, 0, 140, 360}));
}

TEST(ResizePlan, LetterboxPutsTheOddPixelOfPaddingLast) {
  const ResizePlan plan = plan_resize(8, 5, settings(ResizeMode::kLetterbox, 8, 8));
  EXPECT_EQ(plan.y.pad, 1);  // 1 above, 2 below: round(1.5 - 0.1), round(1.5 + 0.1)
}

TEST(ResizePlan, LetterboxRoundsHalvesToEven) {
  EXPECT_EQ(plan_resize(4, 5, settings(ResizeMode::kLetterbox, 2, 2)).y.resized, 2);
  EXPECT_EQ(plan_resize(20, 5, settings(ResizeMode::kLetterbox, 10, 10)).y.resized, 2);  // 2.5
}

TEST(ResizePlan, LetterboxKeepsAtLeastOnePixel) {
  EXPECT_EQ(plan_resize(1000, 1, settings(ResizeMode::kLetterbox, 10, 10)).y.resized, 1);
}

TEST(ResizePlan, TopLeftPadsRightAndBelowOnly) {
  const ResizePlan plan = plan_resize(1920, 1080, settings(ResizeMode::kTopLeft, 640, 640));
  EXPECT_EQ(plan.y, (AxisPlan{1080, 360, 0, 0, 360}));
}

TEST(ResizePlan, ShortSideCropsAsTorchvisionDoes) {
  // Resize(224): 500 x 375 -> int(224 * 500 / 375) = 298 x 224; CenterCrop: round(74 / 2) = 37.
  const ResizePlan plan = plan_resize(500, 375, settings(ResizeMode::kShortSide, 224, 224));
  EXPECT_EQ(plan.x, (AxisPlan{500, 298, 37, 0, 224}));
  EXPECT_EQ(plan.y, (AxisPlan{375, 224, 0, 0, 224}));
}

TEST(ResizePlan, ShortSideRoundsTheCropToEven) {
  const ResizePlan plan = plan_resize(225, 224, settings(ResizeMode::kShortSide, 224, 224));
  EXPECT_EQ(plan.x.crop, 0);  // round(0.5)
}

TEST(ResizePlan, PlacementCarriesPointsOver) {
  const Placement placement = plan_resize(1920, 1080, settings(ResizeMode::kLetterbox, 640, 640)).placement();
  EXPECT_DOUBLE_EQ(960 * placement.scale_x + placement.offset_x, 320);
  EXPECT_DOUBLE_EQ(540 * placement.scale_y + placement.offset_y, 320);
}

TEST(ResizePlan, PlacementOfACropHasANegativeOffset) {
  EXPECT_EQ(plan_resize(500, 375, settings(ResizeMode::kShortSide, 224, 224)).placement().offset_x, -37);
}

}  // namespace
}  // namespace tandem
