// SPDX-License-Identifier: Apache-2.0
// Changes take effect together, and names stay what the outside knows.
#include "graph/patch.h"

#include <gtest/gtest.h>

#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using small_networks::node;

/// x -> Relu -> a -> Sqrt -> b -> Neg -> y
Graph chain() {
  Graph graph;
  graph.inputs.push_back(small_networks::edge("x", {2}));
  graph.nodes.push_back(node("Relu", {"x"}, {"a"}));
  graph.nodes.push_back(node("Sqrt", {"a"}, {"b"}));
  graph.nodes.push_back(node("Neg", {"b"}, {"y"}));
  graph.outputs.push_back(small_networks::edge("y", {2}));
  return graph;
}

TEST(Patch, AValueStandsInForOneThatIsGone) {
  Graph graph = chain();
  Patch patch(graph);
  EXPECT_TRUE(patch.stand_in("b", "a"));
  patch.remove(1);
  patch.apply();
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.nodes[1].inputs[0], "a");
}

TEST(Patch, AnOutputKeepsItsNameWhenAnotherValueTakesItsPlace) {
  Graph graph = chain();
  Patch patch(graph);
  EXPECT_TRUE(patch.stand_in("y", "b"));
  patch.remove(2);
  patch.apply();
  EXPECT_EQ(graph.nodes[1].outputs[0], "y");
}

TEST(Patch, StandInsFollowEachOther) {
  Graph graph = chain();
  Patch patch(graph);
  EXPECT_TRUE(patch.stand_in("b", "a"));
  EXPECT_TRUE(patch.stand_in("y", "b"));
  patch.remove(1);
  patch.remove(2);
  patch.apply();
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.nodes[0].outputs[0], "y");
}

TEST(Patch, AnInputCannotTakeAnOutputsName) {
  Graph graph = chain();
  Patch patch(graph);
  EXPECT_FALSE(patch.stand_in("y", "x"));
}

TEST(Patch, UsesInSubgraphsAreCounted) {
  Graph graph = chain();
  auto branch = std::make_unique<Graph>();
  branch->nodes.push_back(node("Abs", {"a"}, {"inside"}));
  graph.nodes[1].attributes.emplace("then_branch", std::move(branch));
  EXPECT_EQ(Patch(graph).uses("a").size(), 2U);
}

TEST(Patch, AnOutputOfTheGraphIsAUse) {
  Graph graph = chain();
  graph.outputs.push_back(small_networks::edge("b", {2}));
  const Patch patch(graph);
  EXPECT_TRUE(patch.is_used_once("a"));
  EXPECT_TRUE(patch.is_used("y"));
  EXPECT_FALSE(patch.is_used_once("b"));
  EXPECT_FALSE(patch.is_used("c"));
}

TEST(Patch, NamesAreTakenInSubgraphsToo) {
  Graph graph = chain();
  auto branch = std::make_unique<Graph>();
  branch->nodes.push_back(node("Abs", {"a"}, {"inside"}));
  graph.nodes[1].attributes.emplace("then_branch", std::move(branch));
  EXPECT_EQ(value_names(graph), (ValueNames{"a", "b", "inside", "x", "y"}));
}

TEST(Patch, NewNamesAreTakenNowhere) {
  Graph graph = chain();
  Patch patch(graph);
  patch.avoid({"c"});
  EXPECT_EQ(patch.fresh("a"), "a_2");
  EXPECT_EQ(patch.fresh("c"), "c_2");
  EXPECT_EQ(patch.fresh("d"), "d");
}

TEST(Patch, ConstantsThatNothingUsesAreDropped) {
  Graph graph = chain();
  small_networks::weight(graph, "w", {2});
  Patch(graph).apply();
  EXPECT_TRUE(graph.initializers.empty());
}

}  // namespace
}  // namespace tandem::graph
