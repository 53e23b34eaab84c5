// SPDX-License-Identifier: Apache-2.0
// Which pairs of nodes are called left over.
#include "profile/left_overs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/profiles.h"

namespace tandem::profile {
namespace {

using namespace profiles;

class LeftOvers : public testing::Test {
 protected:
  LeftOvers() { profile_.runs = runs({1000}); }

  ProfiledNode& ran(const std::string& op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs) {
    profile_.nodes.push_back(named(op, inputs, outputs));
    profile_.nodes.back().calls = {call(0, 0, 10)};
    return profile_.nodes.back();
  }
  std::vector<LeftOver> find() { return find_left_overs(profile_, summarize_profile(profile_)); }

  ExecutionProfile profile_;
};

TEST_F(LeftOvers, ANormalizationBehindAConvolution) {
  ran("Conv", {"x", "w"}, {"c"});
  ran("BatchNormalization", {"c"}, {"y"});
  const auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, "Conv");
  EXPECT_EQ(found[0].second, "BatchNormalization");
  EXPECT_THAT(found[0].nodes, testing::ElementsAre(1));
  EXPECT_NEAR(found[0].ms, 0.01, 1e-12);
}

TEST_F(LeftOvers, NotWhereAnotherNodeNeedsTheValueInBetween) {
  ran("Conv", {"x", "w"}, {"c"});
  ran("Relu", {"c"}, {"y"});
  ran("Add", {"c", "x"}, {"z"});
  EXPECT_TRUE(find().empty());
}

TEST_F(LeftOvers, NotAnActivationBehindAConvolutionThatHasOne) {
  ran("Conv", {"x", "w"}, {"c"}).texts["activation"] = "Relu";
  ran("Sigmoid", {"c"}, {"y"});
  EXPECT_TRUE(find().empty());
}

TEST_F(LeftOvers, AQuantizedValueThatOnlyAFloatOperatorTakes) {
  ran("DequantizeLinear", {"q"}, {"f"});
  ran("MatMul", {"f", "w"}, {"y"});
  const auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].nodes, testing::ElementsAre(0)) << "what could be spared is the conversion";
}

TEST_F(LeftOvers, AllThatComputesInFloatsIsOfOneKind) {
  ran("DequantizeLinear", {"q"}, {"f"});
  ran("MatMul", {"f", "w"}, {"y"});
  ran("DequantizeLinear", {"r"}, {"g"});
  ran("Resize", {"g"}, {"z"});
  const auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].second, "others");
  EXPECT_EQ(found[0].nodes.size(), 2U);
}

TEST_F(LeftOvers, AnErfAlone) {
  ran("Erf", {"x"}, {"y"});
  const auto found = find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, "");
}

TEST_F(LeftOvers, PairsOfOneKindAreToldTogetherAndTheCostliestFirst) {
  ran("ReorderOutput", {"a"}, {"b"});
  ran("ReorderInput", {"b"}, {"c"});
  ran("Erf", {"x1"}, {"y1"});
  ran("Erf", {"x2"}, {"y2"});
  ran("Erf", {"x3"}, {"y3"});
  const auto found = find();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].nodes.size(), 3U);
  EXPECT_EQ(found[1].nodes.size(), 2U);
}

TEST_F(LeftOvers, NothingWithoutNames) {
  profile_.nodes = {node("Conv", {}, {ProfiledValue()}), node("Relu", {ProfiledValue()}, {})};
  EXPECT_TRUE(find().empty());
}

}  // namespace
}  // namespace tandem::profile
