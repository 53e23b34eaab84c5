// SPDX-License-Identifier: Apache-2.0
// Records that were written, and records that someone else wrote.
#include "store/version_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

constexpr std::string_view kRecordName = "a_b_c_20260101";

VersionRecord two_versions() {
  const FileDigest weights{std::string(64, 'a'), 10};
  VersionRecord record;
  record.name = kRecordName;
  record.revision = 7;
  record.next_number = 5;
  record.versions = {{1, "2026-01-01T00:00:00.000Z", weights, {}, {}},
                     {4, "2026-01-02T00:00:00.000Z", weights, FileDigest{std::string(64, 'b'), 3},
                      FileDigest{std::string(64, 'c'), 2}}};
  record.pending =
      LogEntry{"2026-01-02T00:00:00.000Z", "add", std::string(kRecordName), 7, {{4, std::string(64, 'a')}}};
  return record;
}

std::string with(std::string_view from, std::string_view to) {
  std::string text = format_record(two_versions());
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(VersionRecord, ComesBackAsItWasWritten) {
  const auto record = parse_record(format_record(two_versions()), kRecordName);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(*record, two_versions());
}

TEST(VersionRecord, FindsAVersionByItsNumber) {
  const VersionRecord record = two_versions();
  ASSERT_NE(record.find(4), nullptr);
  EXPECT_EQ(record.find(4)->config->bytes, 2U);
  EXPECT_EQ(record.find(2), nullptr);
  EXPECT_EQ(record.latest()->number, 4);
}

struct Damage {
  std::string_view from;
  std::string_view to;
};
class DamagedRecord : public testing::TestWithParam<Damage> {};
TEST_P(DamagedRecord, IsDataLossWithTheNameOfTheFile) {
  const auto record = parse_record(with(GetParam().from, GetParam().to), kRecordName);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Code::kDataLoss);
  EXPECT_THAT(record.error().message, testing::HasSubstr(".store/versions/a_b_c_20260101.json"));
}
INSTANTIATE_TEST_SUITE_P(Records, DamagedRecord,
                         testing::Values(Damage{"{", "["}, Damage{"\"schema\": 1", "\"schema\": 2"},
                                         Damage{"a_b_c_20260101", "a_b_d_20260101"},
                                         Damage{"\"revision\": 7", "\"revision\": -7"},
                                         Damage{"\"revision\": 7", "\"revision\": 7.5"},
                                         Damage{"\"next_version\": 5", "\"next_version\": 4"},
                                         Damage{"\"next_version\": 5", "\"next_version\": 99999999999"},
                                         Damage{"\"version\": 1", "\"version\": 4"},
                                         Damage{"\"version\": 1", "\"version\": 0"}, Damage{"aaaaaaaa", "../../.."},
                                         Damage{"\"bytes\": 10", "\"bytes\": -1"}, Damage{"\"weights\"", "\"weight\""},
                                         Damage{"\"created\"", "\"create\""}, Damage{"\"action\"", "\"act\""}));

TEST(VersionRecord, OfTooManyLevelsIsDataLoss) {
  EXPECT_EQ(parse_record(std::string(100'000, '['), kRecordName).error().code, Code::kDataLoss);
}

TEST(VersionRecord, IsNothingWhereTheStoreKeepsNoVersions) {
  const TempDir folder;
  const auto record = read_record({folder.path()}, kRecordName);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_FALSE(*record);
}

TEST(VersionRecord, IsListedByItsNameWithoutFilesThatAreNone) {
  const TempDir folder;
  const StoreLayout layout{folder.path()};
  std::filesystem::create_directories(layout.records());
  for (const char* file : {"a_b_c_20260101.json", ".a_b_c_20260101.json.x1", "notes.txt", "Bad.json"}) {
    ASSERT_TRUE(write_file_atomic(layout.records() / file, "{}"));
  }
  EXPECT_THAT(*list_records(layout), testing::ElementsAre(kRecordName));
}

}  // namespace
}  // namespace tandem
