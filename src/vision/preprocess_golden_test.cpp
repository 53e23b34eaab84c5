// SPDX-License-Identifier: Apache-2.0
// Resizing against OpenCV in float32 (tests/data/vision/resize.txt). Tolerance 0.002 of 255: float rounding.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "base/file.h"
#include "vision/preprocess.h"

namespace tandem {
namespace {

const std::map<std::string, Interpolation> kNames = {
    {"nearest", Interpolation::kNearest}, {"bilinear", Interpolation::kBilinear}, {"area", Interpolation::kArea}};

TEST(PreprocessGolden, ResizesAsOpenCvDoesInFloat) {
  std::istringstream table(read_file(TANDEM_SOURCE_DIR "/tests/data/vision/resize.txt").value_or(""));
  int cases = 0;
  std::string name;
  Image image;
  ImagePreprocess settings;
  settings.scale = 1;
  settings.layout = Layout::kNhwc;
  while (table >> name >> image.channels >> image.width >> image.height >> settings.width >> settings.height) {
    settings.interpolation = kNames.at(name);
    settings.color = image.channels == 1 ? ColorOrder::kGray : ColorOrder::kRgb;
    image.pixels.clear();
    for (std::size_t i = 0; i < image.pixel_count() * static_cast<std::size_t>(image.channels); ++i) {
      int value = 0;
      table >> value;
      image.pixels.push_back(static_cast<std::uint8_t>(value));
    }
    const auto result = preprocess(image, settings);
    ASSERT_TRUE(result) << result.error().message;
    for (const float got : result->tensor.values<float>()) {
      float expected = 0;
      table >> expected;
      ASSERT_NEAR(got, expected, 0.002) << name << " " << image.width << "x" << image.height << " to "
                                        << settings.width;
    }
    ++cases;
  }
  EXPECT_EQ(cases, 24);
}

}  // namespace
}  // namespace tandem
