// SPDX-License-Identifier: Apache-2.0
// Facts about which ways to run a model are tried.
#include "tune/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::tune {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::Not;

std::vector<std::string> names_of(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) names.push_back(candidate.name());
  return names;
}

SearchSpace two_cores() {
  SearchSpace space;
  space.cores = 2;
  space.engines = {"onnxruntime", "openvino"};
  space.max_batch = 8;
  return space;
}

TEST(SearchSpace, BeginsWithEveryEngineAsItIs) {
  const auto candidates = first_candidates(two_cores());
  EXPECT_EQ(candidates[0].name(), "onnxruntime as it is");
  EXPECT_EQ(candidates[1].name(), "openvino as it is");
  EXPECT_EQ(plan_name(candidates[0].plan), "onnxruntime 1x2");
}

TEST(SearchSpace, CrossesSplitsWithBatches) {
  SearchSpace space = two_cores();
  space.engines = {"onnxruntime"};
  EXPECT_THAT(names_of(first_candidates(space)), ElementsAre("onnxruntime as it is", "onnxruntime 1x2, batch 4",
                                                             "onnxruntime 2x1", "onnxruntime 2x1, batch 4"));
}

TEST(SearchSpace, HasOneRunAtATimeForLatency) {
  SearchSpace space = two_cores();
  space.goal = Goal::kLatency;
  EXPECT_THAT(names_of(first_candidates(space)),
              ElementsAre("onnxruntime as it is", "openvino as it is", "onnxruntime 1x1", "openvino 1x1"));
}

TEST(SearchSpace, KeepsToTheSplitThatWasGiven) {
  SearchSpace space = two_cores();
  space.given = {2, 1};
  space.max_batch = 1;
  EXPECT_THAT(names_of(first_candidates(space)),
              ElementsAre("onnxruntime as it is", "openvino as it is", "onnxruntime 2x1", "openvino 2x1"));
}

TEST(SearchSpace, TriesVariantsWithEveryEngine) {
  SearchSpace space = two_cores();
  space.variants = {"small"};
  EXPECT_THAT(names_of(first_candidates(space)), Contains("openvino 2x1, batch 4, small"));
}

TEST(SearchSpace, TriesThePlanThereIs) {
  SearchSpace space = two_cores();
  space.incumbent.emplace();
  space.incumbent->engine = "onnxruntime";
  space.incumbent->threads = 2;
  space.incumbent->batch = 6;
  EXPECT_EQ(first_candidates(space)[2].name(), "onnxruntime 1x2, batch 6");
  space.incumbent->batch = 100;
  EXPECT_THAT(names_of(first_candidates(space)), Each(Not(HasSubstr("batch 100"))));
}

TEST(SearchSpace, LooksAroundTheBest) {
  const SearchSpace space = two_cores();
  Candidate best = first_candidates(space)[0];
  best.plan.batch = 4;
  EXPECT_THAT(names_of(variations(best, space)),
              ElementsAre("onnxruntime 1x2, batch 4, graph extended", "onnxruntime 1x2, batch 4, graph basic",
                          "onnxruntime 1x2, batch 2", "onnxruntime 1x2, batch 8"));
  best.plan.engine = "openvino";
  best.plan.batch = 1;
  EXPECT_THAT(names_of(variations(best, space)), ElementsAre("openvino 1x2, batch 2"));
}

}  // namespace
}  // namespace tandem::tune
