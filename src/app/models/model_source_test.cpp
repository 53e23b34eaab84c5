// SPDX-License-Identifier: Apache-2.0
// What MODEL on the command line is taken for.
#include "app/models/model_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"
#include "support/writable_store.h"

namespace tandem::app {
namespace {

const std::filesystem::path kStoreFolder = TANDEM_SOURCE_DIR "/models";
constexpr std::string_view kDigits = "classification_cnn_digits_20261121";

TEST(ModelSource, IsFoundInTheStoreByName) {
  const auto source = find_model(kDigits, kStoreFolder);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->config.filename(), std::string(kDigits) + ".yaml");
}

TEST(ModelSource, OfAFileInAStoreHasItsConfig) {
  const auto source =
      find_model((kStoreFolder / "weights" / (std::string(kDigits) + ".onnx")).string(), "/nonexistent");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_FALSE(source->config.empty());
  EXPECT_FALSE(source->metadata.empty());
}

TEST(ModelSource, OfTheSameModelInPythonHasTheSameConfig) {
  const auto code = kStoreFolder / "python" / (std::string(kDigits) + ".py");
  const auto source = find_model(code.string(), "/nonexistent");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->weights, code);
  EXPECT_EQ(source->config.filename(), std::string(kDigits) + ".yaml");
}

TEST(ModelSource, OfAFileElsewhereHasNoConfig) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "net.onnx", "x"));
  const auto source = find_model((folder.path() / "net.onnx").string(), kStoreFolder);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->name, "net");
  EXPECT_TRUE(source->config.empty());
}

TEST(ModelSource, ThatIsNeitherFileNorNameSaysBoth) {
  const auto source = find_model("a_b_c_20260101", kStoreFolder);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Code::kNotFound);
  EXPECT_THAT(source.error().message, testing::AllOf(testing::HasSubstr("no file"), testing::HasSubstr("digits")));
}

TEST(ModelSource, IsFoundByNameAndVersion) {
  const auto source = find_model(std::string(kDigits) + "@1", kStoreFolder);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->name, std::string(kDigits) + "@1");
  EXPECT_EQ(source->weights.filename(), std::string(kDigits) + ".onnx");
}

TEST(ModelSource, OfAnOlderVersionHasThatVersionsFiles) {
  WritableStore store;
  ASSERT_TRUE(store.add(kDigits, "one", "config: 1"));
  ASSERT_TRUE(store.add(kDigits, "two", "config: 2"));
  const auto source = find_model(std::string(kDigits) + "@1", store.folder());
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(store.read(source->weights), "one");
  EXPECT_EQ(store.read(source->config), "config: 1");
  EXPECT_EQ(source->weights.extension(), ".onnx");
}

TEST(ModelSource, ThatIsPartOfANameIsAnsweredWithTheName) {
  const auto source = find_model("digits", kStoreFolder);
  EXPECT_EQ(source.error().code, Code::kNotFound);
  EXPECT_THAT(source.error().message, testing::HasSubstr(std::string(kDigits)));
}

TEST(ModelSource, OfAVersionThatIsNotThereSaysWhich) {
  const auto source = find_model(std::string(kDigits) + "@7", kStoreFolder);
  EXPECT_EQ(source.error().code, Code::kNotFound);
  EXPECT_THAT(source.error().message, testing::HasSubstr("no version 7"));
}

TEST(ModelSource, WithAVersionThatIsNoNumberSaysWhatIsExpected) {
  const auto source = find_model(std::string(kDigits) + "@latest", kStoreFolder);
  EXPECT_EQ(source.error().code, Code::kNotFound);
  EXPECT_THAT(source.error().message, testing::HasSubstr("a version is expected"));
}

TEST(ModelSource, IsNoFolder) {
  EXPECT_EQ(find_model(kStoreFolder.string(), kStoreFolder).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::app
