// SPDX-License-Identifier: Apache-2.0
// Which names a model may have, and how they are taken apart.
#include <gtest/gtest.h>

#include "store/store.h"

namespace tandem {
namespace {

TEST(ModelName, TakesFourFieldsApart) {
  const auto name = ModelName::parse("classification_cnn_digits_20261121");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, (ModelName{"classification", "cnn", "digits", "20261121"}));
}

TEST(ModelName, RecognizesKnownTasksAndArchitecturesThatHoldAnUnderscore) {
  const auto name = ModelName::parse("defect_detection_faster_rcnn_steel-v2_20250228");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, (ModelName{"defect_detection", "faster_rcnn", "steel-v2", "20250228"}));
}

TEST(ModelName, WritesBackWhatItRead) {
  EXPECT_EQ(ModelName::parse("face_detection_yolov8n_wider_20240229")->text(), "face_detection_yolov8n_wider_20240229");
}

TEST(ModelName, AcceptsTasksItDoesNotKnow) { EXPECT_TRUE(ModelName::parse("depth_midas_nyu_20260101")); }

class RefusedName : public testing::TestWithParam<std::string_view> {};
TEST_P(RefusedName, IsRefusedWithASentence) {
  const auto name = ModelName::parse(GetParam());
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Code::kInvalidArgument);
  EXPECT_GT(name.error().message.size(), 20U);
}
INSTANTIATE_TEST_SUITE_P(Names, RefusedName,
                         testing::Values("", "cnn", "a_b_c", "a_b_c_20260230", "a_b_c_2026112", "a_b_c_20261121_x",
                                         "A_b_c_20261121", "../b_c_d_20261121", "a/b_c_d_20261121", "a__c_20261121",
                                         "a_b-_c_20261121", "a_b_c--d_20261121", "_b_c_20261121", "a_b_c_00000000",
                                         std::string_view("a_b_\0_20261121", 14), "a b_c_d_20261121"));

}  // namespace
}  // namespace tandem
