// SPDX-License-Identifier: Apache-2.0
// Facts about how an ensemble's models are wired and ordered.
#include "ensemble/ensemble_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TensorSpec spec(std::string name, std::vector<Dim> dims, DType dtype = DType::kFloat32) {
  return {std::move(name), dtype, {std::move(dims), false}, false};
}
const Dim kBatch = Dim::symbol("batch");
const Dim kN = Dim::symbol("n");

/// x [in] -> y [out]
ModelInfo model(std::vector<Dim> in, std::vector<Dim> out) {
  ModelInfo info;
  info.inputs.push_back(spec("x", std::move(in)));
  info.outputs.push_back(spec("y", std::move(out)));
  return info;
}

EnsembleStep step(std::string name, std::string input, std::string output) {
  return {std::move(name), "", {{"x", std::move(input)}}, {{"y", std::move(output)}}};
}

/// a -> first -> b -> second -> c; the second stands first in the file.
EnsembleConfig chain() { return {{"a"}, {"c"}, {step("second", "b", "c"), step("first", "a", "b")}}; }

std::string error_of(const EnsembleConfig& config, const std::vector<ModelInfo>& models) {
  const auto plan = plan_ensemble(config, models);
  return plan ? "" : plan.error().message;
}

TEST(EnsemblePlan, RunsAStepAfterThoseWhoseValuesItTakes) {
  const std::vector<ModelInfo> models{model({kN, Dim::fixed(2)}, {kN, Dim::fixed(3)}),
                                      model({kBatch, Dim::fixed(4)}, {kBatch, Dim::fixed(2)})};
  const auto plan = plan_ensemble(chain(), models);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->steps[0].step, 1U);
  EXPECT_EQ(plan->steps[1].step, 0U);
}

TEST(EnsemblePlan, KeepsABatchAxisOneAcrossItsModels) {
  const std::vector<ModelInfo> models{model({kN, Dim::fixed(2)}, {kN, Dim::fixed(3)}),
                                      model({kBatch, Dim::fixed(4)}, {kBatch, Dim::fixed(2)})};
  const auto plan = plan_ensemble(chain(), models);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->info.inputs[0].shape.dims[0], plan->info.outputs[0].shape.dims[0]);
  EXPECT_FALSE(plan->info.outputs[0].shape.dims[0].name.empty());
}

TEST(EnsemblePlan, FixesADimensionThatOneOfItsModelsFixes) {
  const std::vector<ModelInfo> models{model({Dim::fixed(1), Dim::fixed(2)}, {Dim::fixed(1)}),
                                      model({kBatch, Dim::fixed(4)}, {kBatch, Dim::fixed(2)})};
  const auto plan = plan_ensemble(chain(), models);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(to_string(plan->info.inputs[0]), "a: float32[1,4]");
}

TEST(EnsemblePlan, FreesAValueAfterItsLastUse) {
  const std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  const auto plan = plan_ensemble(chain(), models);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->steps[0].last_uses, ElementsAre(0U));  // a
  EXPECT_THAT(plan->steps[1].last_uses, ElementsAre(2U));  // b, numbered after a and c
}

TEST(EnsemblePlan, RefusesADtypeThatDoesNotFit) {
  std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  models[1].outputs[0].dtype = DType::kInt64;
  EXPECT_THAT(error_of(chain(), models),
              HasSubstr("steps[0] (second): 'x' is float32[n], but the value 'b' is int64[n]"));
}

TEST(EnsemblePlan, RefusesSizesThatDoNotFit) {
  const std::vector<ModelInfo> models{model({Dim::fixed(3)}, {kN}), model({kN}, {Dim::fixed(2)})};
  EXPECT_THAT(error_of(chain(), models), HasSubstr("float32[3], but the value 'b' is float32[2]"));
}

TEST(EnsemblePlan, RefusesALoop) {
  EnsembleConfig config = chain();
  config.steps[1].inputs[0].second = "c";
  config.inputs = {};
  const std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  EXPECT_THAT(error_of(config, models), HasSubstr("no loops"));
}

TEST(EnsemblePlan, RefusesAValueWithTwoSources) {
  EnsembleConfig config = chain();
  config.steps[1].outputs[0].second = "a";
  const std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  EXPECT_THAT(error_of(config, models), HasSubstr("'a' has two sources"));
}

TEST(EnsemblePlan, NamesTheInputThatNothingIsGivenFor) {
  std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  models[0].inputs.push_back(spec("hint", {kN}));
  EXPECT_THAT(error_of(chain(), models), HasSubstr("steps[0] (second): nothing is given for the model's input hint"));
}

TEST(EnsemblePlan, LeavesAnOptionalInputOut) {
  std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  models[0].inputs.push_back(spec("hint", {kN}));
  models[0].inputs[1].optional = true;
  const auto plan = plan_ensemble(chain(), models);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->steps[1].inputs[1], std::nullopt);
}

TEST(EnsemblePlan, SaysWhichTensorsAModelHas) {
  EnsembleConfig config = chain();
  config.steps[0].outputs[0].first = "z";
  const std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  EXPECT_THAT(error_of(config, models), HasSubstr("has no output 'z'; it has y"));
}

TEST(EnsemblePlan, RefusesAnInputThatNoStepTakes) {
  EnsembleConfig config = chain();
  config.inputs.push_back("unused");
  const std::vector<ModelInfo> models{model({kN}, {kN}), model({kN}, {kN})};
  EXPECT_THAT(error_of(config, models), HasSubstr("no step takes 'unused'"));
}

}  // namespace
}  // namespace tandem
