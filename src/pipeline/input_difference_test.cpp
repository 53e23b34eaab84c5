// SPDX-License-Identifier: Apache-2.0
// Configs that differ, and such as only look so.
#include "pipeline/input_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ModelConfig image_config() {
  ImagePreprocess image;
  image.width = 224;
  image.height = 224;
  image.mean = {0.485F, 0.456F, 0.406F};
  image.std = {0.229F, 0.224F, 0.225F};
  ModelConfig config;
  config.inputs.push_back({"input", image});
  config.outputs.push_back({"logits", Postprocess::kClassification, Activation::kSoftmax, {"cat", "dog"}});
  return config;
}

ImagePreprocess& image_of(ModelConfig& config) { return *config.inputs[0].image; }

TEST(InputDifference, IsNoneOfAConfigToItself) {
  EXPECT_THAT(find_input_differences(image_config(), image_config()), IsEmpty());
}

TEST(InputDifference, NamesEveryField) {
  ModelConfig other = image_config();
  ImagePreprocess& image = image_of(other);
  image.width = 299;
  image.height = 298;
  image.resize = ResizeMode::kLetterbox;
  image.interpolation = Interpolation::kArea;
  image.color = ColorOrder::kBgr;
  image.layout = Layout::kNhwc;
  image.invert = Invert::kAuto;
  image.pad_value = 114;
  image.scale = 1;
  image.mean = {0, 0, 0};
  image.std.clear();
  std::vector<std::string> keys;
  for (const InputDifference& found : find_input_differences(image_config(), other)) keys.push_back(found.key);
  EXPECT_THAT(keys, ElementsAre("inputs[0].image.width", "inputs[0].image.height", "inputs[0].image.resize",
                                "inputs[0].image.interpolation", "inputs[0].image.color", "inputs[0].image.layout",
                                "inputs[0].image.invert", "inputs[0].image.pad_value", "inputs[0].image.scale",
                                "inputs[0].image.mean", "inputs[0].image.std"));
}

TEST(InputDifference, SaysWhatStandsInBoth) {
  ModelConfig other = image_config();
  image_of(other).color = ColorOrder::kBgr;
  std::ranges::reverse(image_of(other).mean);  // the same of each colour
  std::ranges::reverse(image_of(other).std);
  EXPECT_THAT(find_input_differences(image_config(), other),
              ElementsAre(InputDifference{"inputs[0].image.color", "rgb", "bgr"}));
  other = image_config();
  image_of(other).mean = {0.5F, 0.5F, 0.5F};
  EXPECT_THAT(find_input_differences(image_config(), other),
              ElementsAre(InputDifference{"inputs[0].image.mean", "[0.485, 0.456, 0.406]", "[0.5, 0.5, 0.5]"}));
}

TEST(InputDifference, IsNoneWhenTheSameMapIsWrittenInAnotherWay) {
  ModelConfig first = image_config();
  ModelConfig second = image_config();
  image_of(first).mean = image_of(first).std = {0.5F, 0.5F, 0.5F};
  image_of(second).scale = 1;
  image_of(second).mean = image_of(second).std = {127.5F, 127.5F, 127.5F};
  EXPECT_THAT(find_input_differences(first, second), IsEmpty());
}

TEST(InputDifference, IsNoneBetweenNoMeanAndAMeanOfZero) {
  ModelConfig first = image_config();
  ModelConfig second = image_config();
  image_of(first).mean.clear();
  image_of(second).mean = {0, 0, 0};
  EXPECT_THAT(find_input_differences(first, second), IsEmpty());
}

TEST(InputDifference, SeesATensorInPlaceOfAnImage) {
  ModelConfig other = image_config();
  other.inputs[0].image.reset();
  EXPECT_THAT(find_input_differences(image_config(), other),
              ElementsAre(InputDifference{"inputs[0].image", "made of an image", "taken as a tensor"}));
}

TEST(InputDifference, SeesOutputsThatAreReadInAnotherWay) {
  ModelConfig other = image_config();
  other.outputs[0].name = "probabilities";
  other.outputs[0].activation = Activation::kNone;
  EXPECT_THAT(find_input_differences(image_config(), other),
              ElementsAre(InputDifference{"outputs[0].activation", "softmax", "none"}));
}

}  // namespace
}  // namespace tandem
