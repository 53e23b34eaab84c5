// SPDX-License-Identifier: Apache-2.0
// Facts about RolloutConfig.
#include "pipeline/rollout_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RolloutConfig parse(const std::string& keys) {
  const auto config = parse_rollout_config("schema: 1\n" + keys);
  EXPECT_TRUE(config) << config.error().message;
  return config.value_or(RolloutConfig{});
}

std::string refusal(const std::string& keys) {
  const auto config = parse_rollout_config("schema: 1\n" + keys);
  EXPECT_FALSE(config);
  return config ? "" : config.error().message;
}

TEST(RolloutConfig, ServesTheNewestVersionWhenNothingIsSaid) { EXPECT_EQ(parse(""), RolloutConfig{}); }

TEST(RolloutConfig, TakesVersionsAsAListAsAllOrAsTheLatest) {
  EXPECT_THAT(parse("versions: [1, 3]").versions, ElementsAre("1", "3"));
  EXPECT_TRUE(parse("versions: all").all);
  EXPECT_EQ(parse("versions: {latest: 2}").latest, 2U);
}

TEST(RolloutConfig, WeightsMayNameAliases) {
  const RolloutConfig config = parse("aliases: {stable: 1, canary: 2}\nweights: {stable: 95, canary: 5}");
  EXPECT_THAT(config.weights, ElementsAre(VersionWeight{"1", 95}, VersionWeight{"2", 5}));
}

TEST(RolloutConfig, TheShadowMayNameAnAliasOrAnEngine) {
  EXPECT_EQ(parse("aliases: {next: 2}\nshadow: {version: next, share: 0.5}").shadow->version, "2");
  EXPECT_EQ(parse("shadow: {engine: openvino, share: 1}").shadow->engine, "openvino");
}

TEST(RolloutConfig, RefusesAliasesThatLookLikeVersions) {
  EXPECT_THAT(refusal("aliases: {'12': 1}"), HasSubstr("'12' is no alias"));
}

TEST(RolloutConfig, RefusesWeightsThatAreAllZero) {
  EXPECT_THAT(refusal("weights: {1: 0, 2: 0}"), HasSubstr("weights: expected a weight above 0"));
}

TEST(RolloutConfig, RefusesAVersionWithTwoWeights) {
  EXPECT_THAT(refusal("aliases: {a: 1}\nweights: {1: 1, a: 2}"), HasSubstr("version 1 stands twice"));
}

TEST(RolloutConfig, RefusesAShadowOfNothingOrOfNoShare) {
  EXPECT_THAT(refusal("shadow: {share: 0.1}"), HasSubstr("a version or an engine"));
  EXPECT_THAT(refusal("shadow: {version: 1, share: 0}"), HasSubstr("a share above 0"));
  EXPECT_THAT(refusal("shadow: {version: 1, share: 2}"), HasSubstr("a share above 0"));
}

TEST(RolloutConfig, RefusesUnknownKeys) { EXPECT_THAT(refusal("canary: 2"), HasSubstr("unknown key 'canary'")); }

TEST(ParseShadow, TellsVersionsFromEngines) {
  EXPECT_EQ(*parse_shadow("2:0.25"), (ShadowConfig{"2", "", 0.25}));
  EXPECT_EQ(*parse_shadow("openvino:1"), (ShadowConfig{"", "openvino", 1}));
}

TEST(ParseShadow, RefusesWhatIsNoShare) {
  for (const char* text : {"", "2", "2:", ":0.5", "2:0", "2:1.5", "2:x", "2:nan"}) {
    EXPECT_FALSE(parse_shadow(text)) << text;
  }
}

}  // namespace
}  // namespace tandem
