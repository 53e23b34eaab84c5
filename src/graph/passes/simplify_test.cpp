// SPDX-License-Identifier: Apache-2.0
// The rounds, the switches and the report.
#include "graph/passes/simplify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::node;
using testing::HasSubstr;

/// x -> Identity -> Relu -> y, and a node that nothing needs.
Model wordy() {
  Model model;
  model.graph.inputs.push_back(small_networks::edge("x", {4}));
  model.graph.outputs.push_back(small_networks::edge("y", {4}));
  model.graph.nodes.push_back(node("Identity", {"x"}, {"a"}));
  model.graph.nodes.push_back(node("Relu", {"a"}, {"y"}));
  model.graph.nodes.push_back(node("Sqrt", {"a"}, {"unused"}));
  return model;
}

const PassReport& report_of(const SimplifyReport& report, std::string_view name) {
  return *std::find_if(report.passes.begin(), report.passes.end(),
                       [&](const PassReport& pass) { return pass.name == name; });
}

TEST(Simplify, TellsWhatEachPassDid) {
  Model model = wordy();
  const auto report = simplify(model);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->nodes_before, 3U);
  EXPECT_EQ(report->nodes_after, 1U);
  EXPECT_EQ(report_of(*report, "identities").changes, 1U);
  EXPECT_EQ(report_of(*report, "dead-nodes").changes, 1U);
}

TEST(Simplify, EndsWhenNothingChanges) {
  Model model = wordy();
  EXPECT_EQ(simplify(model)->rounds, 2U);
  EXPECT_EQ(simplify(model)->rounds, 1U);
}

TEST(Simplify, LeavesOutAPassThatIsSwitchedOff) {
  Model model = wordy();
  PassOptions options;
  options.off = {"dead-nodes"};
  ASSERT_TRUE(simplify(model, options));
  EXPECT_EQ(small_networks::count(model.graph, "Sqrt"), 1U);
  EXPECT_EQ(small_networks::count(model.graph, "Identity"), 0U);
}

TEST(Simplify, RunsAPassThatIsOffByDefaultWhenAsked) {
  Model model = small_networks::convolutional();
  PassOptions options;
  options.added = {"note-shapes"};
  ASSERT_TRUE(simplify(model, options));
  EXPECT_FALSE(model.graph.values.empty());
}

TEST(Simplify, LeavesTheModelAloneWhenItIsSwitchedOff) {
  Model model = wordy();
  PassOptions options;
  options.enabled = false;
  const auto report = simplify(model, options);
  ASSERT_TRUE(report);
  EXPECT_EQ(model.graph.nodes.size(), 3U);
  EXPECT_TRUE(report->passes.empty());
}

TEST(Simplify, NamesThePassesWhenItDoesNotKnowOne) {
  Model model = wordy();
  PassOptions options;
  options.off = {"deadnodes"};
  const auto refused = simplify(model, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("no pass 'deadnodes'; the passes are identities, constants"));
}

TEST(Simplify, RefusesAModelThatIsBrokenAlready) {
  Model model = wordy();
  model.graph.nodes[0].inputs[0] = "nowhere";
  EXPECT_FALSE(simplify(model));
}

}  // namespace
}  // namespace tandem::graph
