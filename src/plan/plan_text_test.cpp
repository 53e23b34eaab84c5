// SPDX-License-Identifier: Apache-2.0
// Facts about plans in the text of configs.
#include "plan/plan_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "pipeline/model_config.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

PlanConfig measured_plan() {
  PlanConfig plan;
  plan.engine = "openvino";
  plan.instances = 2;
  plan.batch = 8;
  plan.variant = "digits_int8";
  plan.evidence.emplace();
  plan.evidence->model_sha256 = std::string(64, 'a');
  plan.evidence->machine = "an \"odd\" name \\ here";
  plan.evidence->items_per_second = 1234567.8;
  plan.evidence->beat = {{"onnxruntime as it is", 1.423, 1.39, 1.47}};
  return plan;
}

constexpr std::string_view kConfig =
    "# About this model.\nschema: 1   # the first\ntask: classification\n\n# What it runs with.\nengine: onnxruntime\n";

TEST(PlanText, IsReadAsItWasWritten) {
  const auto text = replace_plan(kConfig, measured_plan());
  ASSERT_TRUE(text) << text.error().message;
  const auto config = parse_model_config(*text);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(plan_as_yaml(*config->plan), plan_as_yaml(measured_plan()));
  EXPECT_EQ(config->plan->evidence->machine, measured_plan().evidence->machine);
}

TEST(PlanText, LeavesEveryOtherLineAsItIs) {
  EXPECT_THAT(*replace_plan(kConfig, measured_plan()), StartsWith(kConfig));
}

TEST(PlanText, TakesThePlaceOfThePlanBefore) {
  const std::string first = *replace_plan(kConfig, measured_plan());
  PlanConfig other = measured_plan();
  other.batch = 4;
  other.evidence.reset();
  const std::string second = *replace_plan(first, other);
  EXPECT_EQ(second, *replace_plan(kConfig, other));
}

TEST(PlanText, IsTakenOutWithNothingLeft) {
  EXPECT_EQ(*replace_plan(*replace_plan(kConfig, measured_plan()), std::nullopt), kConfig);
}

TEST(PlanText, KeepsWhatStandsBehindThePlan) {
  const std::string config =
      "schema: 1\nplan:\n  engine: onnxruntime\n  # inside\n\n  threads: 2\n\n# of the task\ntask: x\n";
  const auto text = replace_plan(config, std::nullopt);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "schema: 1\n\n# of the task\ntask: x\n");
}

TEST(PlanText, EndsALineThatHadNoEnd) { EXPECT_TRUE(replace_plan("schema: 1\ntask: x", measured_plan())); }

TEST(PlanText, RefusesAConfigInBraces) {
  const auto text = replace_plan("{schema: 1, task: x}\n", measured_plan());
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("one key a line"));
}

TEST(PlanText, RefusesWhatIsNoConfig) { EXPECT_FALSE(replace_plan("tasks: x\n", measured_plan())); }

TEST(PlanText, MakesAConfigWhereThereIsNone) {
  const TempDir folder;
  const auto file = folder.path() / "model.yaml";
  ASSERT_TRUE(write_plan(file, measured_plan()));
  const auto config = read_model_config(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ((*config)->plan->engine, "openvino");
}

TEST(PlanText, MakesNoConfigToHoldNoPlan) {
  const TempDir folder;
  ASSERT_TRUE(write_plan(folder.path() / "model.yaml", std::nullopt));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "model.yaml"));
}

}  // namespace
}  // namespace tandem
