// SPDX-License-Identifier: Apache-2.0
// What adding and removing leave in a store.
#include "store/store_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/sha256.h"
#include "store/store_layout.h"
#include "store/store_log.h"
#include "support/writable_store.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kWrittenName = "classification_cnn_digits_20261121";
const std::string kFirstWritten = std::string(kWrittenName) + "@1";
const std::string kSecond = std::string(kWrittenName) + "@2";

class Writer : public testing::Test {
 protected:
  /// Two versions, "one" with a config and "two".
  void add_two() {
    ASSERT_TRUE(store_.add(kWrittenName, "one", "config: 1"));
    ASSERT_TRUE(store_.add(kWrittenName, "two"));
  }
  StoreLayout layout() const { return {store_.folder()}; }
  Removed removed(std::string_view name) {
    const auto result = store_.writer().remove(name);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : Removed{};
  }
  std::vector<LogEntry> log() const { return read_log(layout().log())->entries; }

  WritableStore store_;
};

TEST_F(Writer, PutsAModelWherePeopleAndOldReadersFindIt) {
  const auto added = store_.add(kWrittenName, "weights", "task: x");
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->version, 1);
  EXPECT_EQ(store_.read(store_.folder() / "weights/classification_cnn_digits_20261121.onnx"), "weights");
  EXPECT_EQ(store_.read(store_.folder() / "configs/classification_cnn_digits_20261121.yaml"), "task: x");
  EXPECT_EQ(store_.version_in_metadata(kWrittenName), "1");
}

TEST_F(Writer, WritesTheHashAndTheTimeIntoTheMetadata) {
  ASSERT_TRUE(store_.add(kWrittenName, "weights"));
  const auto metadata = nlohmann::json::parse(store_.read(layout().plain(FileKind::kMetadata, kWrittenName)));
  EXPECT_EQ(metadata["files"]["onnx_sha256"], sha256_hex("weights"));
  EXPECT_EQ(metadata["created"], "2026-01-01T00:00:00.000Z");
}

TEST_F(Writer, CountsVersionsAndKeepsTheOlderOne) {
  add_two();
  EXPECT_EQ(store_.weights(kWrittenName), "two");
  EXPECT_EQ(store_.weights(kSecond), "two");
  EXPECT_EQ(store_.weights(kFirstWritten), "one");
  EXPECT_EQ(store_.version_in_metadata(kWrittenName), "2");
  EXPECT_EQ(store_.version_in_metadata(kFirstWritten), "1");
}

TEST_F(Writer, ListsTheVersionsOfAModel) {
  add_two();
  const auto versions = store_.store().versions(kWrittenName);
  ASSERT_TRUE(versions) << versions.error().message;
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ((*versions)[0].weights_sha256, sha256_hex("one"));
  EXPECT_FALSE((*versions)[0].current);
  EXPECT_TRUE((*versions)[1].current);
}

TEST_F(Writer, LinksTheWeightsInsteadOfStoringThemTwice) {
  ASSERT_TRUE(store_.add(kWrittenName, "weights"));
  EXPECT_TRUE(std::filesystem::equivalent(layout().plain(FileKind::kWeights, kWrittenName),
                                          layout().blob(FileKind::kWeights, sha256_hex("weights"))));
}

TEST_F(Writer, StoresTheSameWeightsOnceAndSaysSo) {
  add_two();
  const auto again = store_.add(kWrittenName, "one");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->version, 3);
  EXPECT_EQ(again->same_weights_as, 1);
  const auto weights =
      std::filesystem::directory_iterator(layout().blob(FileKind::kWeights, sha256_hex("one")).parent_path());
  EXPECT_EQ(std::distance(begin(weights), end(weights)), 1);
}

TEST_F(Writer, InheritsTheConfigUnlessOneIsGiven) {
  ASSERT_TRUE(store_.add(kWrittenName, "one", "config: 1"));
  const auto second = store_.add(kWrittenName, "two");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->config_from, 1);
  EXPECT_EQ(store_.config(kWrittenName), "config: 1");
  const auto third = store_.add(kWrittenName, "three", "config: 3");
  EXPECT_EQ(third->config_from, 0);
  EXPECT_EQ(store_.config(kWrittenName), "config: 3");
  EXPECT_EQ(store_.config(kFirstWritten), "config: 1");
}

TEST_F(Writer, InheritsTheMetadataOfTheSameWeightsOnly) {
  AddRequest request = store_.request(kWrittenName, "one");
  request.metadata = R"({"description": "measured"})";
  ASSERT_TRUE(store_.writer().add(request));
  EXPECT_EQ(store_.add(kWrittenName, "two")->metadata_from, 0);
  EXPECT_THAT(store_.read(store_.store().find(kWrittenName)->metadata), testing::Not(HasSubstr("measured")));
  EXPECT_EQ(store_.add(kWrittenName, "one")->metadata_from, 1);
  EXPECT_THAT(store_.read(store_.store().find(kWrittenName)->metadata), HasSubstr("measured"));
  EXPECT_EQ(store_.version_in_metadata(kWrittenName), "3");
}

TEST_F(Writer, AdoptsAModelThatAPersonPutThere) {
  store_.put("weights/classification_cnn_digits_20261121.onnx", "by hand");
  store_.put("metadata/classification_cnn_digits_20261121.json", R"({"version": "4", "about": "mine"})");
  const auto added = store_.add(kWrittenName, "new");
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(added->version, 5);
  EXPECT_EQ(store_.weights(std::string(kWrittenName) + "@4"), "by hand");
  EXPECT_THAT(store_.read(store_.store().find(std::string(kWrittenName) + "@4")->metadata), HasSubstr("mine"));
}

TEST_F(Writer, KeepsWhatAPersonEditedWithItsVersion) {
  ASSERT_TRUE(store_.add(kWrittenName, "one", "config: 1"));
  store_.put("configs/classification_cnn_digits_20261121.yaml", "config: edited");
  EXPECT_EQ(store_.config(kWrittenName), "config: edited");
  EXPECT_EQ(store_.config(kFirstWritten), "config: edited");
  ASSERT_TRUE(store_.add(kWrittenName, "two", "config: 2"));
  EXPECT_EQ(store_.config(kFirstWritten), "config: edited");
}

TEST_F(Writer, KeepsWeightsThatAPersonReplaced) {
  ASSERT_TRUE(store_.add(kWrittenName, "one"));
  store_.put("weights/classification_cnn_digits_20261121.onnx", "by hand");
  ASSERT_TRUE(store_.add(kWrittenName, "two"));
  EXPECT_EQ(store_.weights(kFirstWritten), "by hand");
}

TEST_F(Writer, ShowsTheCandidateToTheDescriberAndStoresWhatItSays) {
  AddRequest request = store_.request(kWrittenName, "weights", "task: x");
  Candidate seen;
  std::string content;
  request.describe = [&](const Candidate& candidate) {
    seen = candidate;
    content = store_.read(candidate.weights);
    return Result<std::string>(R"({"opset": 17})");
  };
  ASSERT_TRUE(store_.writer().add(request));
  EXPECT_EQ(content, "weights");
  EXPECT_EQ(seen.digest.sha256, sha256_hex("weights"));
  EXPECT_EQ(seen.config, "task: x");
  EXPECT_THAT(store_.read(store_.store().find(kWrittenName)->metadata), HasSubstr("\"opset\": 17"));
}

TEST_F(Writer, LeavesNothingOfAModelThatTheDescriberRefuses) {
  AddRequest request = store_.request(kWrittenName, "no model");
  request.describe = [](const Candidate&) { return Result<std::string>(invalid_argument("no model")); };
  const auto added = store_.writer().add(request);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "no model");
  EXPECT_TRUE(store_.store().list()->empty());
  EXPECT_EQ(store_.count_blobs(), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(layout().temporary()));
}

TEST_F(Writer, RefusesANameThatBreaksTheRule) {
  EXPECT_EQ(store_.add("../evil", "x").error().code, Code::kInvalidArgument);
}

TEST_F(Writer, RefusesAFolderAsAModel) {
  AddRequest request = store_.request(kWrittenName, "x");
  request.file = store_.folder();
  EXPECT_EQ(store_.writer().add(request).error().code, Code::kInvalidArgument);
}

TEST_F(Writer, ReportsItsProgressUpToTheWholeFile) {
  AddRequest request = store_.request(kWrittenName, std::string(3 << 20, 'x'));
  std::vector<std::uint64_t> done;
  request.progress = [&](std::uint64_t done_bytes, std::uint64_t total_bytes) {
    done.push_back(done_bytes);
    EXPECT_EQ(total_bytes, 3U << 20U);
  };
  ASSERT_TRUE(store_.writer().add(request));
  EXPECT_THAT(done, ElementsAre(1U << 20U, 2U << 20U, 3U << 20U));
}

TEST_F(Writer, RemovesAModelWithEverythingOfIt) {
  add_two();
  const Removed gone = removed(kWrittenName);
  EXPECT_THAT(gone.versions, ElementsAre(1, 2));
  EXPECT_EQ(gone.current, 0);
  EXPECT_GT(gone.freed_bytes, 0U);
  EXPECT_EQ(store_.weights(kWrittenName), "none");
  EXPECT_EQ(store_.weights(kFirstWritten), "none");
  EXPECT_EQ(store_.count_blobs(), 0U);
  for (const FileKind kind : kFileKinds) EXPECT_FALSE(std::filesystem::exists(layout().plain(kind, kWrittenName)));
}

TEST_F(Writer, RemovesAnOlderVersionAlone) {
  add_two();
  const Removed gone = removed(kFirstWritten);
  EXPECT_THAT(gone.versions, ElementsAre(1));
  EXPECT_EQ(gone.current, 2);
  EXPECT_EQ(store_.weights(kFirstWritten), "none");
  EXPECT_EQ(store_.weights(kWrittenName), "two");
  EXPECT_EQ(store_.config(kWrittenName), "config: 1");
}

TEST_F(Writer, GoesBackToTheVersionBeforeWhenTheLatestIsRemoved) {
  add_two();
  EXPECT_EQ(removed(kSecond).current, 1);
  EXPECT_EQ(store_.weights(kWrittenName), "one");
  EXPECT_EQ(store_.version_in_metadata(kWrittenName), "1");
}

TEST_F(Writer, TakesTheConfigAwayWhenTheVersionBeforeHadNone) {
  ASSERT_TRUE(store_.add(kWrittenName, "one"));
  ASSERT_TRUE(store_.add(kWrittenName, "two", "config: 2"));
  removed(kSecond);
  EXPECT_EQ(store_.config(kWrittenName), "none");
}

TEST_F(Writer, NeverUsesANumberTwice) {
  add_two();
  removed(kSecond);
  EXPECT_EQ(store_.add(kWrittenName, "three")->version, 3);
  removed(kWrittenName);
  EXPECT_EQ(store_.add(kWrittenName, "four")->version, 4);
}

TEST_F(Writer, KeepsEditsWhenAnOlderVersionIsRemoved) {
  add_two();
  store_.put("configs/classification_cnn_digits_20261121.yaml", "config: edited");
  removed(kFirstWritten);
  EXPECT_EQ(store_.config(kWrittenName), "config: edited");
}

TEST_F(Writer, KeepsAFileThatAnotherModelNeeds) {
  ASSERT_TRUE(store_.add(kWrittenName, "shared"));
  ASSERT_TRUE(store_.add(kWrittenName, "two"));
  ASSERT_TRUE(store_.add("a_b_c_20260101", "shared"));
  removed("a_b_c_20260101");
  EXPECT_EQ(store_.weights(kFirstWritten), "shared");
}

TEST_F(Writer, RemovesAModelThatAPersonPutThere) {
  store_.put("weights/classification_cnn_digits_20261121.onnx", "by hand");
  EXPECT_THAT(removed(kWrittenName).versions, ElementsAre(1));
  EXPECT_EQ(store_.weights(kWrittenName), "none");
  ASSERT_EQ(log().size(), 1U);
  EXPECT_EQ(log()[0].versions[0].sha256, sha256_hex("by hand"));
}

TEST_F(Writer, SeesAModelThatAPersonPutThereAfterItWasRemoved) {
  add_two();
  removed(kWrittenName);
  store_.put("weights/classification_cnn_digits_20261121.onnx", "by hand");
  EXPECT_EQ(store_.weights(kWrittenName), "by hand");
  EXPECT_EQ(store_.add(kWrittenName, "new")->version, 4);
  EXPECT_EQ(store_.weights(std::string(kWrittenName) + "@3"), "by hand");
}

TEST_F(Writer, CannotRemoveWhatIsNotThere) {
  add_two();
  EXPECT_EQ(store_.writer().remove("a_b_c_20260101").error().code, Code::kNotFound);
  const auto version = store_.writer().remove(std::string(kWrittenName) + "@9");
  EXPECT_EQ(version.error().code, Code::kNotFound);
  EXPECT_THAT(version.error().message, HasSubstr("it has 1, 2"));
}

TEST_F(Writer, LogsEveryChangeWithWhatItWasAbout) {
  add_two();
  removed(kFirstWritten);
  const auto entries = log();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].action, "add");
  EXPECT_THAT(entries[1].versions, ElementsAre(LoggedVersion{2, sha256_hex("two")}));
  EXPECT_EQ(entries[2].action, "remove");
  EXPECT_THAT(entries[2].versions, ElementsAre(LoggedVersion{1, sha256_hex("one")}));
}

TEST_F(Writer, DeletesNoBlobWhileARecordCannotBeRead) {
  add_two();
  store_.put(".store/versions/a_b_c_20260101.json", "{");
  EXPECT_EQ(store_.writer().remove(kFirstWritten).error().code, Code::kDataLoss);
  EXPECT_TRUE(std::filesystem::exists(layout().blob(FileKind::kWeights, sha256_hex("one"))));
  EXPECT_EQ(store_.weights(kWrittenName), "two");
}

TEST_F(Writer, SaysWhenAFileOfAVersionIsGone) {
  add_two();
  std::filesystem::remove(layout().blob(FileKind::kWeights, sha256_hex("one")));
  EXPECT_EQ(store_.store().find(kFirstWritten).error().code, Code::kDataLoss);
  EXPECT_EQ(store_.weights(kWrittenName), "two");
}

TEST_F(Writer, DoesNotShowABlobThatIsDamaged) {
  add_two();
  store_.put(std::filesystem::relative(layout().blob(FileKind::kConfig, sha256_hex("config: 1")), store_.folder()),
             "config: 9");
  store_.put("configs/classification_cnn_digits_20261121.yaml", "config: edited");
  const auto gone = store_.writer().remove(kSecond);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kDataLoss);
  EXPECT_THAT(gone.error().message, HasSubstr("hash"));
}

TEST_F(Writer, KnowsWhetherAReaderSawOneVersion) {
  ASSERT_TRUE(store_.add(kWrittenName, "one"));
  const StoreEntry before = *store_.store().find(kWrittenName);
  EXPECT_TRUE(store_.store().unchanged(before));
  ASSERT_TRUE(store_.add(kWrittenName, "two"));
  EXPECT_FALSE(store_.store().unchanged(before));
  EXPECT_TRUE(store_.store().unchanged(*store_.store().find(kFirstWritten)));
}

TEST_F(Writer, LetsAReaderReadAgainWhatChangedMeanwhile) {
  ASSERT_TRUE(store_.add(kWrittenName, "one"));
  int reads = 0;
  const auto weights = read_together(store_.store(), kWrittenName, [&](const StoreEntry& entry) {
    if (++reads == 1) static_cast<void>(store_.add(kWrittenName, "two"));
    return Result<std::string>(store_.read(entry.weights));
  });
  EXPECT_EQ(weights, "two");
  EXPECT_EQ(reads, 2);
}

TEST(StoreCreation, MakesAFolderThatIsAStore) {
  const TempDir folder;
  EXPECT_TRUE(*StoreWriter::create(folder.path() / "new"));
  EXPECT_TRUE(Store::open(folder.path() / "new"));
  EXPECT_FALSE(*StoreWriter::create(folder.path() / "new"));
}

TEST(StoreCreation, RefusesAFolderThatHoldsSomethingElse) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "thesis.txt", "x"));
  EXPECT_EQ(StoreWriter::create(folder.path()).error().code, Code::kInvalidArgument);
}

TEST(StoreCreation, RefusesAPathWhoseParentIsMissing) {
  const TempDir folder;
  EXPECT_EQ(StoreWriter::create(folder.path() / "a/b").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tandem
