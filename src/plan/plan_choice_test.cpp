// SPDX-License-Identifier: Apache-2.0
// Facts about following plans.
#include "plan/plan_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PlanConfig tuned_plan() {
  PlanConfig plan;
  plan.engine = "openvino";
  plan.threads = 1;
  plan.instances = 2;
  plan.evidence.emplace();
  plan.evidence->model_sha256 = "model";
  plan.evidence->engine_version = "2026.1";
  plan.evidence->machine = "EPYC, 2 of 2 cores";
  plan.evidence->beat = {{"onnxruntime as it is", 1.42, 1.38, 1.47}};
  return plan;
}

PlanFacts same_place() { return {"", "2026.1", "EPYC, 2 of 2 cores", "model", "", ""}; }

TEST(PlanChoice, FollowsWhatWasMeasuredHere) {
  const PlanChoice choice = choose_plan(tuned_plan(), {}, same_place());
  ASSERT_TRUE(choice.plan);
  EXPECT_THAT(choice.worries(), IsEmpty());
  EXPECT_THAT(explain_plan(choice), HasSubstr("onnxruntime as it is takes 1.42 times as long"));
}

TEST(PlanChoice, IsSilentWhereThereIsNoPlan) {
  const PlanChoice choice = choose_plan(std::nullopt, {}, {});
  EXPECT_FALSE(choice.plan);
  EXPECT_THAT(choice.worries(), IsEmpty());
  EXPECT_THAT(explain_plan(choice), HasSubstr("has none"));
}

TEST(PlanChoice, PutsFlagsInPlaceOfThePlans) {
  PlanWishes wishes;
  wishes.threads = 4;
  wishes.graph_optimization = "all";
  const PlanChoice choice = choose_plan(tuned_plan(), wishes, same_place());
  ASSERT_TRUE(choice.plan);
  EXPECT_EQ(choice.plan->threads, 4);
  EXPECT_EQ(choice.plan->instances, 2);
  EXPECT_THAT(choice.overruled, ElementsAre("threads 4 instead of 1"));
}

TEST(PlanChoice, WarnsOfAnotherVersionOfTheEngineAndFollows) {
  PlanFacts facts = same_place();
  facts.engine_version = "2027.0";
  const PlanChoice choice = choose_plan(tuned_plan(), {}, facts);
  EXPECT_TRUE(choice.plan);
  EXPECT_THAT(choice.worries(), ElementsAre(HasSubstr("measured with openvino 2026.1 and this is 2027.0")));
}

TEST(PlanChoice, FollowsAPlanWrittenByHandAnywhere) {
  PlanConfig plan = tuned_plan();
  plan.evidence.reset();
  const PlanChoice choice = choose_plan(plan, {}, same_place());
  EXPECT_TRUE(choice.plan);
  EXPECT_THAT(explain_plan(choice), HasSubstr("written by hand"));
}

struct StaleCase {
  const char* name;
  void (*change)(PlanConfig& plan, PlanFacts& facts);
  const char* why;
};

class StalePlan : public ::testing::TestWithParam<StaleCase> {};

TEST_P(StalePlan, IsNotFollowedAndSaidToBe) {
  PlanConfig plan = tuned_plan();
  PlanFacts facts = same_place();
  GetParam().change(plan, facts);
  const PlanChoice choice = choose_plan(plan, {}, facts);
  EXPECT_FALSE(choice.plan);
  EXPECT_THAT(choice.worries(), ElementsAre(HasSubstr(GetParam().why)));
  EXPECT_THAT(explain_plan(choice), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Plans, StalePlan,
    ::testing::Values(
        StaleCase{"OtherModel", [](PlanConfig&, PlanFacts& facts) { facts.model_sha256 = "other"; }, "another model"},
        StaleCase{"OtherMachine", [](PlanConfig&, PlanFacts& facts) { facts.machine = "Xeon"; }, "another machine"},
        StaleCase{"NoEngine", [](PlanConfig&, PlanFacts& facts) { facts.engine_problem = "not built"; }, "not built"},
        StaleCase{"NoVariant",
                  [](PlanConfig& plan, PlanFacts& facts) {
                    plan.variant = "small";
                    facts.variant_problem = "no such file";
                  },
                  "no such file"},
        StaleCase{"OtherVariant",
                  [](PlanConfig& plan, PlanFacts& facts) {
                    plan.variant = "small";
                    plan.evidence->variant_sha256 = "one";
                    facts.variant_sha256 = "another";
                  },
                  "not the file that was measured"}),
    [](const auto& tested) { return tested.param.name; });

TEST(PlanChoice, DoesNotWarnOfWhatWasAskedFor) {
  PlanWishes none, other_engine, gpu;
  none.ignore = true;
  other_engine.engine = "onnxruntime";
  gpu.device = "cuda";
  for (const PlanWishes& wishes : {none, other_engine, gpu}) {
    const PlanChoice choice = choose_plan(tuned_plan(), wishes, same_place());
    EXPECT_FALSE(choice.plan);
    EXPECT_FALSE(choice.refusal.empty());
    EXPECT_THAT(choice.worries(), IsEmpty());
  }
}

}  // namespace
}  // namespace tandem
