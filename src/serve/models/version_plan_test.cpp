// SPDX-License-Identifier: Apache-2.0
// Facts about the choice of versions, as tables.
#include "serve/models/version_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Versions = std::vector<std::string>;

TEST(IsOlder, TakesNumbersByValueAndBeforeTexts) {
  EXPECT_TRUE(is_older("9", "10"));
  EXPECT_FALSE(is_older("10", "9"));
  EXPECT_TRUE(is_older("10", "1.2"));
  EXPECT_TRUE(is_older("a", "b"));
  EXPECT_FALSE(is_older("7", "7"));
}

struct ChoiceCase {
  const char* yaml;
  Versions available;
  Versions wanted;
  Versions missing;
};

TEST(ChooseVersions, FollowsTheTable) {
  const std::vector<ChoiceCase> table = {
      {"", {"1", "2", "3"}, {"3"}, {}},
      {"", {}, {}, {}},
      {"versions: {latest: 2}", {"1", "2", "3"}, {"2", "3"}, {}},
      {"versions: {latest: 9}", {"1", "2"}, {"1", "2"}, {}},
      {"versions: all", {"1", "2"}, {"1", "2"}, {}},
      {"versions: [3, 1]", {"1", "2", "3"}, {"1", "3"}, {}},
      {"versions: [1, 7]", {"1", "2"}, {"1"}, {"7"}},
      {"versions: [7]", {"1", "2"}, {"2"}, {"7"}},
      {"aliases: {stable: 1}", {"1", "2", "3"}, {"1", "3"}, {}},
      {"aliases: {stable: 8}", {"1", "2"}, {"2"}, {"8"}},
      {"weights: {1: 9, 2: 1}", {"1", "2", "3"}, {"1", "2", "3"}, {}},
  };
  for (const ChoiceCase& row : table) {
    const auto rollout = parse_rollout_config(std::string("schema: 1\n") + row.yaml);
    ASSERT_TRUE(rollout) << rollout.error().message;
    const VersionChoice choice = choose_versions(*rollout, row.available);
    EXPECT_EQ(choice.wanted, row.wanted) << row.yaml;
    EXPECT_EQ(choice.missing, row.missing) << row.yaml;
  }
}

struct AfterCase {
  Versions serving, wanted, up, after;
};

TEST(VersionsAfter, FollowsTheTable) {
  const std::vector<AfterCase> table = {
      {{}, {"1"}, {"1"}, {"1"}},     // the first load
      {{"1"}, {"2"}, {"2"}, {"2"}},  // a new version takes over
      {{"1"}, {"2"}, {}, {"1"}},     // a bad one does not
      {{"1"}, {"1"}, {}, {"1"}},     // loaded anew, and failed
      {{"1", "2"}, {"2", "3"}, {"2"}, {"1", "2"}},
      {{"1", "2"}, {"2", "3"}, {"2", "3"}, {"2", "3"}},
      {{"9"}, {"9", "10"}, {"10", "9"}, {"9", "10"}},
      {{}, {"1"}, {}, {}},
  };
  for (const AfterCase& row : table) {
    EXPECT_EQ(versions_after(row.serving, row.wanted, row.up), row.after);
  }
}

TEST(PickWeight, KeepsTheSharesCloselyFromTheStart) {
  const std::array<VersionWeight, 3> weights = {VersionWeight{"1", 90}, {"2", 0}, {"3", 10}};
  for (const std::uint64_t requests : {50U, 200U, 10'000U}) {
    std::array<std::uint64_t, 3> counts{};
    for (std::uint64_t ticket = 0; ticket < requests; ++ticket) ++counts[pick_weight(weights, ticket)];
    EXPECT_EQ(counts[1], 0U);
    EXPECT_NEAR(static_cast<double>(counts[2]), static_cast<double>(requests) / 10, 3.0) << requests;
  }
}

TEST(PickWeight, GivesTheSameTicketTheSameVersion) {
  const std::array<VersionWeight, 2> weights = {VersionWeight{"1", 1}, {"2", 1}};
  Versions picked;
  for (std::uint64_t ticket = 0; ticket < 6; ++ticket) picked.push_back(weights[pick_weight(weights, ticket)].version);
  EXPECT_THAT(picked, ElementsAre("1", "2", "1", "2", "1", "1"));
}

TEST(PickWeight, OfOneVersionIsThatVersion) {
  const std::array<VersionWeight, 2> weights = {VersionWeight{"1", 0}, {"2", 5}};
  for (std::uint64_t ticket = 0; ticket < 100; ++ticket) EXPECT_EQ(pick_weight(weights, ticket), 1U);
}

}  // namespace
}  // namespace tandem::serve
