// SPDX-License-Identifier: Apache-2.0
// Which encoder and step fit together, and the sentence for those that do not.
#include "pipeline/caption_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using ::testing::HasSubstr;
using Source = CaptionPlan::StepInput::Source;

TensorSpec spec(std::string name, std::vector<std::int64_t> sizes, DType dtype = DType::kFloat32) {
  TensorSpec made{std::move(name), dtype, {{Dim::symbol("batch")}, false}, false};
  for (const std::int64_t size : sizes) made.shape.dims.push_back(size < 0 ? Dim{} : Dim::fixed(size));
  return made;
}

struct Models {
  CaptionConfig config;
  ModelInfo encoder;
  ModelInfo step;

  Result<CaptionPlan> plan() const { return CaptionPlan::create(config, encoder, step); }
  std::string error() const {
    const auto made = plan();
    if (made) return "no error";
    EXPECT_EQ(made.error().code, Code::kFailedPrecondition);
    return made.error().message;
  }
};

Models models() {
  Models made;
  made.config.step = "step";
  made.config.words = {"<start>", "<end>", "a"};
  made.config.end = 1;
  made.config.never = {0};
  made.encoder.outputs = {spec("features", {12, 3}), spec("h0", {2})};
  made.step.inputs = {spec("word", {}, DType::kInt64), spec("h", {2}), spec("features", {12, 3})};
  made.step.outputs = {spec("next_h", {2}), spec("logits", {3}), spec("alpha", {9})};
  return made;
}

TEST(CaptionPlan, ConnectsByName) {
  const Models made = models();
  const auto plan = made.plan();
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->step_inputs().size(), 3U);
  EXPECT_EQ(plan->step_inputs()[0].source, Source::kWord);
  EXPECT_EQ(plan->step_inputs()[1].source, Source::kState);
  EXPECT_EQ(plan->step_inputs()[1].encoder_output, 1U);
  EXPECT_EQ(plan->step_inputs()[1].step_output, 0U);
  EXPECT_EQ(plan->step_inputs()[2].source, Source::kEncoder);
  EXPECT_EQ(plan->logits(), 1U);
  EXPECT_EQ(plan->alpha(), 2U);
}

TEST(CaptionPlan, SeveralStatesAreCarried) {
  Models made = models();
  made.encoder.outputs.push_back(spec("c0", {2}));
  made.step.inputs.push_back(spec("c", {2}));
  made.step.outputs.push_back(spec("next_c", {2}));
  const auto plan = made.plan();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->step_inputs()[3].source, Source::kState);
}

TEST(CaptionPlan, OptionalInputsOfTheStepMayStayEmpty) {
  Models made = models();
  made.step.inputs.push_back(spec("temperature", {1}));
  made.step.inputs.back().optional = true;
  const auto plan = made.plan();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->step_inputs()[3].source, Source::kNothing);
}

TEST(CaptionPlan, NineCellsAreThreeRowsOfThree) {
  const Models made = models();
  EXPECT_EQ(made.plan()->grid(9), (CaptionGrid{3, 3}));
}

TEST(CaptionPlan, CellsThatAreNoSquareNeedAGrid) {
  Models made = models();
  made.step.outputs[2] = spec("alpha", {12});
  EXPECT_EQ(made.error(),
            "caption.grid: expected [rows, columns] of the 12 cells that the step looks at, got nothing, and they are "
            "no square");
  made.config.grid = CaptionGrid{3, 4};
  EXPECT_EQ(made.error(), "no error");
  made.config.grid = CaptionGrid{2, 4};
  EXPECT_THAT(made.error(), HasSubstr("got [2, 4]"));
}

TEST(CaptionPlan, OpenDimensionsFitEverything) {
  Models made = models();
  made.step.inputs[2] = spec("features", {-1, -1});
  made.step.outputs[1] = spec("logits", {-1});
  made.step.outputs[2].shape.unknown_rank = true;
  EXPECT_EQ(made.error(), "no error");
}

TEST(CaptionPlan, RefusesModelsOfTwoCaptioners) {
  Models made = models();
  made.step.inputs[2] = spec("features", {12, 4});
  EXPECT_EQ(made.error(),
            "the encoder gives features: float32[batch,12,3], but the step takes features: float32[batch,12,4]: the "
            "two are not of one captioner");
}

TEST(CaptionPlan, RefusesAStateThatTheStepDoesNotGiveBack) {
  Models made = models();
  made.step.outputs[0] = spec("next_h", {3});
  EXPECT_THAT(made.error(), HasSubstr("the step gives next_h: float32[batch,3], but the step takes h"));
}

TEST(CaptionPlan, RefusesAnInputThatNothingGives) {
  Models made = models();
  made.step.inputs.push_back(spec("att1", {2}));
  EXPECT_THAT(made.error(), HasSubstr("nothing gives the step its input 'att1': expected an output 'att1' of the "
                                      "encoder, which has features, h0; or 'att10' there"));
}

TEST(CaptionPlan, RefusesAStepWithoutAWord) {
  Models made = models();
  made.step.inputs.erase(made.step.inputs.begin());
  EXPECT_EQ(made.error(), "the step takes no 'word': expected it among its inputs h, features");
}

TEST(CaptionPlan, RefusesAWordThatIsNoInteger) {
  Models made = models();
  made.step.inputs[0].dtype = DType::kFloat32;
  EXPECT_THAT(made.error(), HasSubstr("expected word: int64[batch], got word: float32[batch]"));
}

TEST(CaptionPlan, RefusesAStepThatRatesNoWords) {
  Models made = models();
  made.step.outputs[1].name = "scores";
  EXPECT_EQ(made.error(), "the step has no output 'logits': expected it among next_h, scores, alpha");
  made.step.outputs[1] = spec("logits", {3}, DType::kInt64);
  EXPECT_THAT(made.error(), HasSubstr("expected floating point [batch, n], got logits: int64[batch,3]"));
}

TEST(CaptionPlan, RefusesAnotherNumberOfWords) {
  Models made = models();
  made.config.words.push_back("more");
  EXPECT_EQ(made.error(), "caption.words: expected 3 words, as many as the step rates, got 4");
}

}  // namespace
}  // namespace tandem
