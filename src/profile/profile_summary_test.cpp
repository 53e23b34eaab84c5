// SPDX-License-Identifier: Apache-2.0
// Times of runs become means, shares and speeds.
#include "profile/profile_summary.h"

#include <gtest/gtest.h>

#include "profile/scope_tree.h"
#include "support/profiles.h"

namespace tandem::profile {
namespace {

using namespace profiles;

ExecutionProfile two_node_profile() {
  ExecutionProfile profile;
  profile.runs = runs({100, 110, 500, 130});
  profile.nodes = {node("Relu", {value("x", {1000})}, {value("h", {1000})}),
                   node("MatMul", {value("h", {10, 100}), weight("w", {100, 10})}, {value("y", {10, 10})})};
  profile.nodes[0].calls = {call(0, 0, 10), call(1, 0, 20), call(2, 0, 300), call(3, 0, 30)};
  profile.nodes[1].calls = {call(0, 20, 60), call(1, 30, 80), call(2, 310, 90), call(3, 40, 90)};
  return profile;
}

TEST(ProfileSummary, TimesAreMeansOverTheQuickerHalf) {
  const ProfileSummary summary = summarize_profile(two_node_profile());
  EXPECT_EQ(summary.runs, 4U);
  EXPECT_EQ(summary.quiet_runs, 2U);
  EXPECT_DOUBLE_EQ(summary.run_ms, 0.105);
  ASSERT_EQ(summary.nodes.size(), 2U);
  EXPECT_EQ(summary.nodes[0].label, "MatMul");
  EXPECT_DOUBLE_EQ(summary.nodes[0].load.ms, 0.070);
  EXPECT_DOUBLE_EQ(summary.nodes[1].load.ms, 0.015);
}

TEST(ProfileSummary, SharesAndTheTimeBetweenNodesMakeTheWholeRun) {
  const ProfileSummary summary = summarize_profile(two_node_profile());
  double shares = 0;
  for (const NodeRow& row : summary.nodes) shares += row.share;
  EXPECT_NEAR(summary.in_nodes_ms, 0.085, 1e-12);
  EXPECT_NEAR(shares, 0.085 / 0.105, 1e-12);
}

TEST(ProfileSummary, SpeedIsWorkByTime) {
  const ProfileSummary summary = summarize_profile(two_node_profile());
  EXPECT_NEAR(*flops_per_second(summary.nodes[0].load), 2.0 * 100 * 100 / 70e-6, 1);
  EXPECT_NEAR(*bytes_per_second(summary.nodes[1].load), 8000 / 15e-6, 1);
}

TEST(ProfileSummary, NodesOfOneOperatorAreAddedUp) {
  ExecutionProfile profile = two_node_profile();
  profile.nodes[1].op = "Relu";
  profile.nodes[1].kernel = "another";
  const ProfileSummary summary = summarize_profile(profile);
  ASSERT_EQ(summary.operators.size(), 1U);
  EXPECT_EQ(summary.operators[0].nodes, 2U);
  EXPECT_EQ(summary.operators[0].kernel, "several");
  EXPECT_NEAR(summary.operators[0].load.ms, 0.085, 1e-12);
}

TEST(ProfileSummary, SpeedOfAGroupLeavesOutWhatIsNotCounted) {
  ExecutionProfile profile = two_node_profile();
  profile.nodes[0].op = "Unheard";
  const ProfileSummary summary = summarize_profile(profile);
  EXPECT_NEAR(*flops_per_second(summary.total), 20'000 / 70e-6, 1);
  EXPECT_EQ(summary.operators[1].uncounted, 1U);
  EXPECT_FALSE(flops_per_second(summary.operators[1].load));
}

TEST(ProfileSummary, TimeInsideOtherNodesIsNotCountedTwice) {
  ExecutionProfile profile;
  profile.runs = runs({100});
  profile.nodes = {named("Loop", {}, {"y"}), named("Add", {}, {"z"})};
  profile.nodes[0].calls = {call(0, 0, 90, 60)};
  profile.nodes[1].calls = {call(0, 10, 30), call(0, 45, 30)};
  const ProfileSummary summary = summarize_profile(profile);
  EXPECT_NEAR(summary.in_nodes_ms, 0.090, 1e-12);
  EXPECT_DOUBLE_EQ(summary.nodes[0].calls, 2);
}

TEST(ProfileSummary, ANodeThatDoesNotRunEveryTimeHasPartOfACall) {
  ExecutionProfile profile;
  profile.runs = runs({100, 100, 100, 100});
  profile.nodes = {node("Relu", {value("x", {8})}, {value("y", {8})})};
  profile.nodes[0].calls = {call(0, 0, 40)};
  const ProfileSummary summary = summarize_profile(profile);
  EXPECT_DOUBLE_EQ(summary.nodes[0].calls, 0.5);
  EXPECT_DOUBLE_EQ(*summary.nodes[0].load.flops, 4);
  EXPECT_DOUBLE_EQ(summary.nodes[0].min_ms, 0);
}

TEST(ProfileSummary, NoRunsGiveNothing) { EXPECT_TRUE(summarize_profile(ExecutionProfile()).nodes.empty()); }

TEST(QuietMean, IsOfTheQuickerHalf) {
  EXPECT_DOUBLE_EQ(quiet_mean({5}), 5);
  EXPECT_DOUBLE_EQ(quiet_mean({9, 1, 3, 100}), 2);
  EXPECT_DOUBLE_EQ(quiet_mean({9, 1, 3}), 2);
}

MachinePeak round_peak() {
  MachinePeak peak;
  peak.flops_per_second = 100e9;
  peak.bytes_per_second = 10e9;
  return peak;
}

Load load_of(double ms, double flops, double bytes) {
  Load load;
  load.ms = load.flops_ms = load.bytes_ms = ms;
  load.flops = flops;
  load.bytes = bytes;
  return load;
}

TEST(Roof, BelowTheRidgeMemoryLimits) {
  const auto placed = place_under_roof(load_of(1, 1e6, 1e6), round_peak());
  ASSERT_TRUE(placed);
  EXPECT_TRUE(placed->memory_bound);
  EXPECT_DOUBLE_EQ(placed->flops_per_byte, 1);
  EXPECT_DOUBLE_EQ(placed->attainable, 10e9);
  EXPECT_NEAR(placed->reached, 0.1, 1e-12);
}

TEST(Roof, AboveTheRidgeTheProcessorDoes) {
  const auto placed = place_under_roof(load_of(1, 50e6, 1e6), round_peak());
  ASSERT_TRUE(placed);
  EXPECT_FALSE(placed->memory_bound);
  EXPECT_NEAR(placed->reached, 0.5, 1e-12);
}

TEST(Roof, WithoutWorkOrTimeThereIsNoPlace) {
  EXPECT_FALSE(place_under_roof(load_of(0, 1, 1), round_peak()));
  EXPECT_FALSE(place_under_roof(load_of(1, 0, 1), round_peak()));
  EXPECT_FALSE(place_under_roof(Load(), round_peak()));
}

class Parts : public testing::Test {
 protected:
  Scope tree(const std::vector<std::string>& names, const std::vector<std::string>& in_file = {}) {
    ExecutionProfile profile;
    profile.runs = runs({100});
    for (const std::string& name : names) {
      profile.nodes.push_back(named("Relu", {}, {}));
      profile.nodes.back().name = name;
      profile.nodes.back().calls = {call(0, 0, 10)};
    }
    return make_scope_tree(profile, summarize_profile(profile), in_file);
  }
};

TEST_F(Parts, NodesHangUnderTheStepsOfTheirNames) {
  const Scope root = tree({"/a/b/x", "/a/b/y", "/a/c/z", "/d"});
  EXPECT_NEAR(root.ms, 0.04, 1e-12);
  ASSERT_EQ(root.parts.size(), 2U);
  EXPECT_EQ(root.parts[0].name, "a");
  EXPECT_NEAR(root.parts[0].ms, 0.03, 1e-12);
  EXPECT_EQ(root.parts[0].parts[0].parts.size(), 2U);
  EXPECT_EQ(root.parts[1].name, "d");
  EXPECT_TRUE(root.parts[1].row);
}

TEST_F(Parts, WithoutSlashesDotsPartTheSteps) {
  const Scope root = tree({"layer1.conv", "layer1.relu"});
  ASSERT_EQ(root.parts.size(), 1U);
  EXPECT_EQ(root.parts[0].parts.size(), 2U);
}

TEST_F(Parts, ARepeatedPathIsSaidOnce) {
  const Scope root = tree({"/layer1/layer1.0/conv1/Conv"});
  EXPECT_EQ(root.parts[0].parts[0].name, "0");
}

TEST_F(Parts, TheNameInTheFileGoesFirst) {
  const Scope root = tree({"fused_17", "other"}, {"/a/x", ""});
  EXPECT_EQ(root.parts[0].name, "a");
  EXPECT_EQ(root.parts[0].parts[0].name, "x");
}

TEST_F(Parts, WhatTheEnginePutInStandsWithTheNodeBeforeIt) {
  const Scope root = tree({"conv", "ReorderOutput"}, {"/a/b/Conv", ""});
  ASSERT_EQ(root.parts.size(), 1U);
  EXPECT_EQ(root.parts[0].parts[0].parts.at(1).name, "ReorderOutput");
}

TEST_F(Parts, WithoutPathsOperatorsAreTheParts) {
  const Scope root = tree({"first", ""});
  ASSERT_EQ(root.parts.size(), 1U);
  EXPECT_EQ(root.parts[0].name, "Relu");
  EXPECT_EQ(root.parts[0].parts[0].name, "first");
  EXPECT_EQ(root.parts[0].parts[1].name, "Relu") << "which has no name of its own";
}

}  // namespace
}  // namespace tandem::profile
