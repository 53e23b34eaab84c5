// SPDX-License-Identifier: Apache-2.0
// NAME@n, and what is offered instead of a name that is not there.
#include "store/versioned_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr std::string_view kPlainName = "classification_cnn_digits_20261121";

TEST(VersionedName, WithoutAnAtMeansTheLatest) {
  const auto name = VersionedName::parse(kPlainName);
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(name->name, kPlainName);
  EXPECT_FALSE(name->version);
}

TEST(VersionedName, HasItsVersionAfterTheAt) {
  const auto name = VersionedName::parse(std::string(kPlainName) + "@12");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(name->name, kPlainName);
  EXPECT_EQ(name->version, 12);
  EXPECT_EQ(name->text(), std::string(kPlainName) + "@12");
}

class RefusedVersion : public testing::TestWithParam<std::string_view> {};
TEST_P(RefusedVersion, IsAnInvalidArgument) {
  const auto name = VersionedName::parse(std::string(kPlainName) + std::string(GetParam()));
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, Code::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(Versions, RefusedVersion,
                         testing::Values("@", "@0", "@-1", "@1a", "@1@2", "@ 1", "@99999999999", "@latest"));

TEST(VersionedName, OfABadNameIsRefused) {
  EXPECT_EQ(VersionedName::parse("../x@1").error().code, Code::kInvalidArgument);
}

TEST(ClosestNames, BeginWithTheOneThatNeedsTheFewestLetters) {
  const auto closest = closest_names("classification_cnn_digit_20261121",
                                     {"segmentation_unet_vessels_20250101", std::string(kPlainName)});
  EXPECT_THAT(closest, testing::ElementsAre(kPlainName, "segmentation_unet_vessels_20250101"));
}

TEST(ClosestNames, PreferNamesThatHoldTheText) {
  EXPECT_EQ(closest_names("vessels", {"a_b_c_20250101", "segmentation_unet_vessels_20250101"}).front(),
            "segmentation_unet_vessels_20250101");
}

TEST(ClosestNames, AreAtMostThree) { EXPECT_EQ(closest_names("a", {"a1", "a2", "a3", "a4"}).size(), 3U); }

TEST(ClosestNames, TakeTextOfAnyLength) {
  EXPECT_EQ(closest_names(std::string(1'000'000, 'x'), {"a"}).size(), 1U);
  EXPECT_EQ(closest_names("", {"a"}).size(), 1U);
}

}  // namespace
}  // namespace tandem
