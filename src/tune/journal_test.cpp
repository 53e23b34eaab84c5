// SPDX-License-Identifier: Apache-2.0
// Facts about the journal of a search.
#include "tune/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace tandem::tune {
namespace {

using ::testing::HasSubstr;

LoggedRound two_blocks() {
  LoggedRound round;
  round.phase = "search";
  round.lanes = {"a", "b"};
  round.blocks = {{{0.5, 10, 40, {1.5, 2.5}}, ""}, {{}, "it failed"}};
  round.elapsed_s = 1.25;
  return round;
}

class JournalTest : public ::testing::Test {
 protected:
  Result<Journal> open(bool resume, const std::string& model = "abc") {
    return Journal::open({file_, {{"model", model}}, resume}, clock_);
  }

  FakeClock clock_;
  TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "j.json";
};

TEST_F(JournalTest, GivesBackWhatWasWritten) {
  ASSERT_TRUE(open(false)->append(two_blocks()));
  auto again = open(true);
  ASSERT_TRUE(again) << again.error().message;
  const LoggedRound* round = again->replay("search", {"a", "b"});
  ASSERT_NE(round, nullptr);
  EXPECT_EQ(round->blocks[0].block.items, 40U);
  EXPECT_EQ(round->blocks[0].block.quantiles_ms, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(round->blocks[1].problem, "it failed");
  EXPECT_EQ(round->elapsed_s, 1.25);
  EXPECT_EQ(again->replay("search", {"a", "b"}), nullptr);
}

TEST_F(JournalTest, ForgetsWhatNoLongerFits) {
  ASSERT_TRUE(open(false)->append(two_blocks()));
  auto again = open(true);
  EXPECT_EQ(again->replay("final", {"a", "b"}), nullptr);
  EXPECT_EQ(again->rounds(), 0U);
}

TEST_F(JournalTest, BeginsAnewUnlessItIsToGoOn) {
  ASSERT_TRUE(open(false)->append(two_blocks()));
  EXPECT_EQ(open(false)->replay("search", {"a", "b"}), nullptr);
}

TEST_F(JournalTest, RefusesAnotherSearchAndSaysWhatDiffers) {
  ASSERT_TRUE(open(false)->append(two_blocks()));
  const auto other = open(true, "xyz");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("model was 'abc' and is 'xyz'"));
}

TEST_F(JournalTest, IsWrittenAtMostOnceASecondAndAtTheEnd) {
  auto journal = open(false);
  ASSERT_TRUE(journal->append(two_blocks()));
  ASSERT_TRUE(journal->append(two_blocks()));
  EXPECT_EQ(open(true)->rounds(), 1U);
  ASSERT_TRUE(journal->save());
  EXPECT_EQ(open(true)->rounds(), 2U);
  clock_.advance(std::chrono::seconds(2));
  ASSERT_TRUE(journal->append(two_blocks()));
  EXPECT_EQ(open(true)->rounds(), 3U);
}

TEST_F(JournalTest, HoldsNothingWhereThereIsNoFile) { EXPECT_EQ(open(true)->rounds(), 0U); }

TEST_F(JournalTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "[]", "{}", "{\"key\": {\"model\": \"abc\"}, \"rounds\": [{}]}",
        "{\"key\": {\"model\": \"abc\"}, \"rounds\": [{\"phase\": \"search\", \"elapsed_s\": 1, \"lanes\": [\"a\"], "
        "\"blocks\": []}]}",
        "{\"key\": {\"model\": \"abc\"}, \"rounds\": [{\"phase\": \"search\", \"elapsed_s\": 1, \"lanes\": [\"a\"], "
        "\"blocks\": [{\"seconds\": -1, \"runs\": 1, \"items\": 1, \"quantiles_ms\": [1]}]}]}"}) {
    ASSERT_TRUE(write_file_atomic(file_, text));
    EXPECT_FALSE(open(true)) << text;
  }
}

}  // namespace
}  // namespace tandem::tune
