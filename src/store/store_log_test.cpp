// SPDX-License-Identifier: Apache-2.0
// The log as it grows, as a crash leaves it, and as someone edits it.
#include "store/store_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "store/log_line.h"
#include "store/sha256.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

class Log : public testing::Test {
 protected:
  static LogEntry entry(int number) {
    return {"2026-11-21T07:15:00.000Z",
            "add",
            "a_b_c_20260101",
            static_cast<std::uint64_t>(number),
            {{number, sha256_hex(std::to_string(number))}}};
  }
  std::filesystem::path file() const { return folder_.path() / "log.jsonl"; }
  void append(int number) const {
    const Status appended = append_log(file(), entry(number));
    ASSERT_TRUE(appended) << appended.error().message;
  }
  std::string text() const { return *read_file(file()); }
  void write(std::string_view text) const { ASSERT_TRUE(write_file_atomic(file(), text)); }

  TempDir folder_;
};

TEST_F(Log, ThatIsNotThereIsEmpty) {
  const auto log = read_log(file());
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_TRUE(log->entries.empty());
  EXPECT_FALSE(log->damage);
}

TEST_F(Log, GivesBackWhatWasAppended) {
  append(1);
  append(2);
  const auto log = read_log(file());
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_THAT(log->entries, testing::ElementsAre(entry(1), entry(2)));
  EXPECT_FALSE(log->damage);
}

TEST_F(Log, NamesTheHashOfTheLineBefore) {
  append(1);
  const std::string first = text();
  append(2);
  EXPECT_THAT(text(), testing::HasSubstr("\"previous\":\"" + sha256_hex(first.substr(0, first.size() - 1)) + "\""));
}

TEST_F(Log, ShowsALineThatWasChangedLater) {
  append(1);
  append(2);
  std::string edited = text();
  edited.replace(edited.find("07:15"), 5, "08:15");
  write(edited);
  const auto log = read_log(file());
  EXPECT_THAT(log->damage.value_or(""), testing::HasSubstr("line 2"));
  EXPECT_EQ(log->entries.size(), 1U);
}

TEST_F(Log, ShowsALineThatWasTakenOut) {
  append(1);
  append(2);
  const std::string whole = text();
  write(whole.substr(whole.find('\n') + 1));
  EXPECT_THAT(read_log(file())->damage.value_or(""), testing::HasSubstr("line 1"));
}

TEST_F(Log, LeavesOutALastLineThatWasTorn) {
  append(1);
  append(2);
  const std::string whole = text();
  write(whole.substr(0, whole.size() - 20));
  const auto log = read_log(file());
  EXPECT_THAT(log->entries, testing::ElementsAre(entry(1)));
  EXPECT_FALSE(log->damage);
}

TEST_F(Log, GoesOnAfterALineThatWasTorn) {
  append(1);
  append(2);
  const std::string whole = text();
  write(whole.substr(0, whole.size() - 20));
  append(3);
  const auto log = read_log(file());
  EXPECT_THAT(log->entries, testing::ElementsAre(entry(1), entry(3)));
  EXPECT_FALSE(log->damage);
}

TEST_F(Log, BeginsAnewWhenItsOnlyLineWasTorn) {
  write("{\"time\": \"20");
  append(1);
  EXPECT_THAT(read_log(file())->entries, testing::ElementsAre(entry(1)));
}

TEST_F(Log, DoesNotRepeatItsLastLine) {
  append(1);
  append(1);
  EXPECT_EQ(read_log(file())->entries.size(), 1U);
}

TEST_F(Log, SaysWhenALineIsNoneOfOurs) {
  write("[]\n");
  EXPECT_THAT(read_log(file())->damage.value_or(""), testing::HasSubstr("line 1"));
}

TEST_F(Log, IsNotAppendedToAFileThatIsNone) {
  write(std::string(5 << 20, 'x'));
  EXPECT_EQ(append_log(file(), entry(1)).error().code, Code::kDataLoss);
}

TEST(LogLine, IsRefusedWithAPathForAName) {
  const std::string line = format_log_line({"t", "add", "a_b_c_20260101", 1, {}}, kNoLineBefore);
  ASSERT_TRUE(parse_log_line(line));
  std::string hostile = line;
  hostile.replace(hostile.find("a_b_c"), 5, "../..");
  EXPECT_EQ(parse_log_line(hostile).error().code, Code::kDataLoss);
}

TEST(LogLine, IsRefusedWithMembersOfOtherTypes) {
  for (const std::string_view line :
       {"", "{}", "{\"time\":1}", "null",
        R"({"time":"","action":"","name":"a_b_c_20260101","revision":-1,"versions":[]})",
        R"({"time":"","action":"","name":"a_b_c_20260101","revision":1,"versions":{}})",
        R"({"time":"","action":"","name":"a_b_c_20260101","revision":1,"versions":[1]})"}) {
    EXPECT_FALSE(parse_log_line(line)) << line;
  }
}

}  // namespace
}  // namespace tandem
