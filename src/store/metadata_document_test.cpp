// SPDX-License-Identifier: Apache-2.0
// What metadata/NAME.json says after a person, the model and the store have spoken.
#include "store/metadata_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

VersionFacts facts() {
  return {{"classification", "cnn", "digits", "20261121"}, 3, "2026-11-21T07:15:00.000Z", {std::string(64, 'a'), 107}};
}

Json made(std::string_view given, std::string_view described = "{}") {
  const auto text = make_metadata(given, described, facts());
  EXPECT_TRUE(text) << text.error().message;
  return text ? Json::parse(*text) : Json();
}

TEST(MetadataDocument, IsMadeFromTheNameWhenNothingIsGiven) {
  const Json document = made("");
  EXPECT_EQ(document["name"], "classification_cnn_digits_20261121");
  EXPECT_EQ(document["task"], "classification");
  EXPECT_EQ(document["architecture"], "cnn");
  EXPECT_EQ(document["dataset"], "digits");
  EXPECT_EQ(document["date"], "2026-11-21");
}

TEST(MetadataDocument, SaysWhatTheStoreKnows) {
  const Json document = made("");
  EXPECT_EQ(document["version"], "3");
  EXPECT_EQ(document["created"], "2026-11-21T07:15:00.000Z");
  EXPECT_EQ(document["size"]["weights_bytes"], 107);
  EXPECT_EQ(document["files"]["onnx_sha256"], std::string(64, 'a'));
}

TEST(MetadataDocument, KeepsWhatAPersonSaid) {
  const Json document = made(R"({"accuracy": {"top1": 0.9}, "dataset": "scikit-learn digits", "mine": [1]})");
  EXPECT_EQ(document["accuracy"]["top1"], 0.9);
  EXPECT_EQ(document["dataset"], "scikit-learn digits");
  EXPECT_EQ(document["mine"], Json::array({1}));
}

TEST(MetadataDocument, BelievesTheStoreAboutNameVersionAndSize) {
  const Json document = made(R"({"name": "other", "task": "x", "version": "9", "size": {"weights_bytes": 1, "a": 2}})");
  EXPECT_EQ(document["name"], "classification_cnn_digits_20261121");
  EXPECT_EQ(document["task"], "classification");
  EXPECT_EQ(document["version"], "3");
  EXPECT_EQ(document["size"], Json({{"weights_bytes", 107}, {"a", 2}}));
}

TEST(MetadataDocument, BelievesTheModelAboutItself) {
  const Json document =
      made(R"({"compatibility": {"opset": 13, "platforms": ["linux-x86_64"]}})", R"({"compatibility": {"opset": 17}})");
  EXPECT_EQ(document["compatibility"]["opset"], 17);
  EXPECT_EQ(document["compatibility"]["platforms"], Json::array({"linux-x86_64"}));
}

TEST(MetadataDocument, OfAnotherFileIsRefused) {
  const auto text = make_metadata(R"({"files": {"onnx_sha256": "bbbb"}})", "{}", facts());
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::kInvalidArgument);
  EXPECT_THAT(text.error().message, testing::AllOf(HasSubstr("another file"), HasSubstr("bbbb")));
}

class HostileMetadata : public testing::TestWithParam<std::string> {};
TEST_P(HostileMetadata, IsRefused) {
  EXPECT_EQ(make_metadata(GetParam(), "{}", facts()).error().code, Code::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(Texts, HostileMetadata,
                         testing::Values("{", "[]", "null", "{\"a\": \"\xff\"}", "{\"a\":" + std::string(100'000, '['),
                                         "{\"a\": 1} trailing"));

TEST(MetadataDocument, TakesAnyTypeForMembersOfTheStore) {
  const Json document = made(R"({"size": 5, "files": null, "schema": "x", "created": []})");
  EXPECT_EQ(document["size"]["weights_bytes"], 107);
  EXPECT_EQ(document["schema"], 1);
}

}  // namespace
}  // namespace tandem
