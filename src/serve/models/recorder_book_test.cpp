// SPDX-License-Identifier: Apache-2.0
// Facts about counters that outlive their models.
#include "serve/models/recorder_book.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

class RecorderBookTest : public testing::Test {
 protected:
  std::shared_ptr<ModelRecorder> keep(const std::string& version) {
    auto recorder = std::make_shared<ModelRecorder>(clock_);
    book_.keep("m", version, recorder);
    return recorder;
  }
  FakeClock clock_;
  RecorderBook book_;
};

TEST_F(RecorderBookTest, FindsWhatItKeeps) {
  const auto recorder = keep("1");
  EXPECT_EQ(book_.find("m", "1"), recorder);
  EXPECT_EQ(book_.find("m", "2"), nullptr);
  EXPECT_EQ(book_.find("other", "1"), nullptr);
}

TEST_F(RecorderBookTest, ForgetsTheOldestVersionsThatAreNotLoaded) {
  const auto loaded = keep("1");
  for (std::size_t i = 2; i < 2 + RecorderBook::kMaxVersions; ++i) keep(std::to_string(i));
  EXPECT_EQ(book_.find("m", "1"), loaded);
  EXPECT_EQ(book_.find("m", "2"), nullptr);
  EXPECT_NE(book_.find("m", "3"), nullptr);
}

TEST_F(RecorderBookTest, ForgetsANameThatHasGone) {
  keep("1");
  book_.forget("m");
  EXPECT_EQ(book_.find("m", "1"), nullptr);
}

}  // namespace
}  // namespace tandem::serve
