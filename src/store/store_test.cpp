// SPDX-License-Identifier: Apache-2.0
// Stores on disk: listed, searched, and with things in them that do not belong there.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

constexpr std::string_view kDigits = "classification_cnn_digits_20261121";
constexpr std::string_view kCarotid = "segmentation_transunet_phantom_20261120";

class StoreOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"weights", "metadata", "configs"}) std::filesystem::create_directory(path() / folder);
    put("weights", kDigits, ".onnx");
    put("weights", kCarotid, ".onnx");
    put("metadata", kDigits, ".json");
    put("configs", kDigits, ".yaml");
  }
  void put(const char* folder, std::string_view name, std::string_view extension) {
    ASSERT_TRUE(write_file_atomic(path() / folder / (std::string(name) + std::string(extension)), "x"));
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  Store store() const { return *Store::open(path()); }

  TempDir folder_;
};

TEST_F(StoreOnDisk, ListsItsModelsByName) {
  const auto entries = store().list();
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].name, kDigits);
  EXPECT_EQ((*entries)[1].name, kCarotid);
}

TEST_F(StoreOnDisk, LeavesPathsOfMissingFilesEmpty) {
  EXPECT_FALSE(store().find(kDigits)->config.empty());
  EXPECT_TRUE(store().find(kCarotid)->config.empty());
  EXPECT_TRUE(store().find(kCarotid)->metadata.empty());
}

TEST_F(StoreOnDisk, SaysWhatItLeavesOut) {
  put("weights", "Bad", ".onnx");
  put("weights", "readme", ".txt");
  EXPECT_EQ(store().list()->size(), 2U);
  EXPECT_THAT(store().problems(), testing::ElementsAre(testing::HasSubstr("Bad"), testing::HasSubstr("readme.txt")));
}

TEST_F(StoreOnDisk, FindsAnEnsembleWhereThereAreNoWeights) {
  put("weights", "a_b_c_20260101", ".ensemble");
  EXPECT_EQ(store().find("a_b_c_20260101")->weights.filename(), "a_b_c_20260101.ensemble");
  EXPECT_EQ(store().list()->size(), 3U);
}

TEST_F(StoreOnDisk, DoesNotFollowLinks) {
  std::filesystem::create_symlink("/etc/hostname", path() / "weights/a_b_c_20260101.onnx");
  EXPECT_EQ(store().list()->size(), 2U);
  EXPECT_THAT(store().problems(), testing::ElementsAre(testing::HasSubstr("links")));
}

TEST_F(StoreOnDisk, NamesWhatThereIsWhenAModelIsMissing) {
  const auto entry = store().find("a_b_c_20260101");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Code::kNotFound);
  EXPECT_THAT(entry.error().message, testing::HasSubstr(std::string(kDigits)));
}

TEST_F(StoreOnDisk, RefusesNamesThatLeaveTheFolder) {
  EXPECT_EQ(store().find("../weights/" + std::string(kDigits)).error().code, Code::kInvalidArgument);
}

TEST_F(StoreOnDisk, SeesAModelThatCameAfterItWasOpened) {
  const Store opened = store();
  put("weights", "a_b_c_20260101", ".onnx");
  EXPECT_TRUE(opened.find("a_b_c_20260101"));
}

TEST(Store, IsNotFoundWhereThereIsNoFolder) { EXPECT_EQ(Store::open("/nonexistent").error().code, Code::kNotFound); }

TEST(Store, RefusesAFolderWithoutWeights) {
  const TempDir folder;
  EXPECT_EQ(Store::open(folder.path()).error().code, Code::kInvalidArgument);
}

TEST(Store, TheDemoStoreHasNoProblems) {
  EXPECT_THAT(Store::open(TANDEM_SOURCE_DIR "/models")->problems(), testing::IsEmpty());
}

}  // namespace
}  // namespace tandem
