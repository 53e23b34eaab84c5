// SPDX-License-Identifier: Apache-2.0
// Facts about the section `plan` of a model's config.
#include "pipeline/plan_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pipeline/model_config.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

Result<ModelConfig> parse_plan(const std::string& plan) {
  return parse_model_config("schema: 1\ntask: classification\nplan: " + plan + "\n");
}

TEST(PlanConfig, IsAbsentWhereNobodyTuned) {
  const auto config = parse_model_config("schema: 1\ntask: classification\n");
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->plan);
}

TEST(PlanConfig, ReadsEveryKey) {
  const std::string hash(64, 'a');
  const auto config = parse_plan(
      "{goal: latency, engine: openvino, variant: digits_int8, precision: bf16, graph_optimization: basic, threads: 3, "
      "instances: 2, batch: 8, evidence: {model_sha256: " +
      hash +
      ", engine_version: '2026.1', machine: EPYC, date: '2026-11-21', items_per_second: 12.5, p50_ms: 1.5, "
      "p95_ms: 2.5, memory_bytes: 1000, accuracy: equal, beat: [{name: others, ratio: 1.5, low: 1.25, high: 2}]}}");
  ASSERT_TRUE(config) << config.error().message;
  const PlanConfig& plan = *config->plan;
  EXPECT_EQ(plan.goal, "latency");
  EXPECT_EQ(plan_name(plan), "openvino 2x3, batch 8, graph basic, bf16, digits_int8");
  ASSERT_TRUE(plan.evidence);
  EXPECT_EQ(plan.evidence->model_sha256, hash);
  EXPECT_EQ(plan.evidence->memory_bytes, 1000U);
  ASSERT_EQ(plan.evidence->beat.size(), 1U);
  EXPECT_EQ(plan.evidence->beat[0].low, 1.25);
}

TEST(PlanConfig, NeedsOnlyAnEngine) {
  const auto config = parse_plan("{engine: onnxruntime}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(plan_name(*config->plan), "onnxruntime 1x1");
  EXPECT_FALSE(config->plan->evidence);
}

TEST(PlanConfig, RefusesWhatCannotBeMeant) {
  struct Case {
    const char* plan;
    const char* message;
  };
  const Case cases[] = {
      {"{threads: 2}", "plan.engine: this key is required"},
      {"{engine: onnxruntime, threads: 0}", "plan.threads: expected an integer from 1 to 1024"},
      {"{engine: onnxruntime, batch: many}", "plan.batch: expected an integer"},
      {"{engine: onnxruntime, goal: speed}", "plan.goal: expected one of throughput, latency"},
      {"{engine: onnxruntime, precision: int8}", "plan.precision: expected one of fp32, bf16, fp16"},
      {"{engine: onnxruntime, variant: ../other}", "plan.variant: expected a model's name"},
      {"{engine: onnxruntime, evidence: {}}", "plan.evidence.model_sha256: this key is required"},
      {"{engine: onnxruntime, evidence: {model_sha256: abc}}", "64 hexadecimal digits"},
      {"{engine: onnxruntime, speed: 2}", "plan: unknown key 'speed'"},
  };
  for (const Case& one : cases) {
    const auto config = parse_plan(one.plan);
    ASSERT_FALSE(config) << one.plan;
    EXPECT_THAT(config.error().message, HasSubstr(one.message));
  }
}

}  // namespace
}  // namespace tandem
