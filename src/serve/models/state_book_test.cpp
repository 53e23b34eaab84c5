// SPDX-License-Identifier: Apache-2.0
// Facts about StateBook.
#include "serve/models/state_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> rows(const StateBook& book) {
  std::vector<std::string> rows;
  for (const ModelState& state : book.index()) {
    rows.push_back(state.name + "/" + state.version + " " + state.state + " " + state.reason);
  }
  return rows;
}

TEST(StateBook, ListsVersionsOldestFirst) {
  StateBook book;
  book.set("b", "10", VersionState::kReady, "");
  book.set("b", "9", VersionState::kLoading, "");
  book.set("a", "1", VersionState::kUnavailable, "broken");
  EXPECT_THAT(rows(book), ElementsAre("a/1 UNAVAILABLE broken", "b/9 LOADING ", "b/10 READY "));
}

TEST(StateBook, AModelThatEndsTakesOnlyItsOwnRow) {
  StateBook book;
  book.set("a", "1", VersionState::kReady, "", 1);
  book.set("a", "1", VersionState::kReady, "loaded anew", 2);
  book.unloading(1);
  book.gone(1);
  EXPECT_THAT(rows(book), ElementsAre("a/1 READY loaded anew"));
  book.unloading(2);
  EXPECT_THAT(rows(book), ElementsAre("a/1 UNLOADING answers what it accepted"));
  book.gone(2);
  EXPECT_THAT(rows(book), IsEmpty());
}

TEST(StateBook, ANoteStandsBehindEveryReason) {
  StateBook book;
  book.set("a", "1", VersionState::kReady, "no golden vector", 1);
  book.set_note("a", "the rollout names 7");
  EXPECT_THAT(rows(book), ElementsAre("a/1 READY no golden vector; the rollout names 7"));
  book.clear_failures("a");
  EXPECT_THAT(rows(book), ElementsAre("a/1 READY no golden vector"));
}

TEST(StateBook, FailuresAreForgottenAtTheNextTry) {
  StateBook book;
  book.set("a", "1", VersionState::kReady, "", 1);
  book.set("a", "2", VersionState::kUnavailable, "broken");
  book.clear_failures("a");
  EXPECT_THAT(rows(book), ElementsAre("a/1 READY "));
}

}  // namespace
}  // namespace tandem::serve
