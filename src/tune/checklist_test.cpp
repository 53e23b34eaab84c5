// SPDX-License-Identifier: Apache-2.0
// Facts about the checklist, with made-up costs.
#include "tune/checklist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/fake_clock.h"

namespace tandem::tune {
namespace {

using ::testing::HasSubstr;

class ListedTrial final : public Trial {
 public:
  ListedTrial(double run_ms, FakeClock& clock, std::mt19937_64& random)
      : run_ms_(run_ms), clock_(clock), random_(random) {}

  Result<Block> run_block(std::chrono::nanoseconds) override {
    std::normal_distribution<double> normal;
    const double took_ms = run_ms_ * std::exp(0.03 * normal(random_));
    clock_.advance(std::chrono::nanoseconds(static_cast<std::int64_t>(took_ms * 1e6)));
    return Block{took_ms / 1000, 1, 1, {took_ms}};
  }
  std::string describe() const override { return "made up"; }
  std::optional<std::uint64_t> memory_bytes() override { return std::nullopt; }

 private:
  double run_ms_;
  FakeClock& clock_;
  std::mt19937_64& random_;
};

/// Two threads are twice as fast as one; levels change nothing; openvino does not run.
class ListedTrials final : public TrialMaker {
 public:
  Result<std::unique_ptr<Trial>> open(const PlanConfig& plan, TrialPlace) override {
    if (plan.engine == "openvino") return fail(Code::kUnimplemented, "built without it");
    return std::unique_ptr<Trial>(std::make_unique<ListedTrial>(10.0 / plan.threads, clock, random_));
  }
  FakeClock clock;

 private:
  std::mt19937_64 random_{5};
};

PlanConfig listed_plan(const std::string& engine, int threads, const std::string& level = "all") {
  PlanConfig plan;
  plan.engine = engine;
  plan.threads = threads;
  plan.graph_optimization = level;
  return plan;
}

std::vector<ChecklistStep> four_steps() {
  std::vector<ChecklistStep> steps(4);
  steps[0] = {"threads", "1 -> 2", "", listed_plan("onnxruntime", 1), listed_plan("onnxruntime", 2), "", ""};
  steps[1] = {
      "levels", "none -> all", "1.5-2x", listed_plan("onnxruntime", 2, "none"), listed_plan("onnxruntime", 2), "", ""};
  steps[2] = {"OpenVINO", "", "", listed_plan("onnxruntime", 2), listed_plan("openvino", 2), "", ""};
  steps[3] = {"TensorRT", "", "2-5x", {}, {}, "there is no GPU here", ""};
  return steps;
}

TEST(Checklist, SaysWhatEachStepBrings) {
  ListedTrials trials;
  const auto result = measure_checklist(four_steps(), {}, {trials, trials.clock, {}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_NEAR(result->rows[0].gain->estimate, 2, 0.1);
  EXPECT_EQ(result->rows[0].verdict, bench::PairVerdict::kSecondFaster);
  EXPECT_EQ(result->rows[1].verdict, bench::PairVerdict::kEquivalent);
  EXPECT_EQ(result->rows[2].problem, "built without it");
}

TEST(Checklist, IsATableWithWhatIsExpected) {
  ListedTrials trials;
  const auto result = measure_checklist(four_steps(), {}, {trials, trials.clock, {}});
  ASSERT_TRUE(result);
  const std::string text = checklist_as_text({"digits", "EPYC", "x", ""}, *result);
  EXPECT_THAT(text, HasSubstr("no difference"));
  EXPECT_THAT(text, HasSubstr("n/a: there is no GPU here"));
  EXPECT_THAT(text, HasSubstr("does not run: built without it"));
  EXPECT_THAT(checklist_as_json({"digits", "EPYC", "x", ""}, *result), HasSubstr("\"expected\": \"2-5x\""));
}

TEST(Checklist, RefusesAListOfWhichNothingRuns) {
  ListedTrials trials;
  const std::vector<ChecklistStep> steps = {four_steps()[3]};
  EXPECT_FALSE(measure_checklist(steps, {}, {trials, trials.clock, {}}));
}

}  // namespace
}  // namespace tandem::tune
