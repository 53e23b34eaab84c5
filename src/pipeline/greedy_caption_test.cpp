// SPDX-License-Identifier: Apache-2.0
// The loop against steps whose outputs are written by hand: words, states, ends and everything a model may do wrong.
#include "pipeline/greedy_caption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/half.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TensorSpec caption_spec(std::string name, std::vector<std::int64_t> sizes, DType dtype = DType::kFloat32) {
  TensorSpec made{std::move(name), dtype, {{Dim::symbol("batch")}, false}, false};
  for (const std::int64_t size : sizes) made.shape.dims.push_back(size < 0 ? Dim{} : Dim::fixed(size));
  return made;
}

CaptionConfig config() {
  CaptionConfig made;
  made.step = "step";
  made.words = {"<pad>", "<start>", "<end>", "a", "red", "ring"};
  made.start = 1;
  made.end = 2;
  made.never = {1, 0};
  made.max_words = 4;
  return made;
}

ModelInfo encoder() {
  ModelInfo info;
  info.outputs = {caption_spec("features", {4, 3}), caption_spec("h0", {2})};
  return info;
}

ModelInfo step() {
  ModelInfo info;
  info.inputs = {caption_spec("h", {2}), caption_spec("word", {}, DType::kInt64), caption_spec("features", {4, 3})};
  info.outputs = {caption_spec("logits", {6}), caption_spec("alpha", {4}), caption_spec("next_h", {2})};
  return info;
}

Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return *Tensor::from<float>(shape, std::span<const float>(values));
}

std::vector<Tensor> encoded() {
  std::vector<Tensor> outputs;
  outputs.push_back(floats({1, 4, 3}, std::vector<float>(12, 0.5F)));
  outputs.push_back(floats({1, 2}, {7, 8}));
  return outputs;
}

struct StepOutputs {
  std::vector<float> logits;
  std::vector<float> alpha = {0.1F, 0.2F, 0.3F, 0.4F};
  std::vector<float> state = {1, 2};
};

std::vector<Tensor> tensors(const StepOutputs& step) {
  std::vector<Tensor> outputs;
  outputs.push_back(floats({1, static_cast<std::int64_t>(step.logits.size())}, step.logits));
  outputs.push_back(floats({1, static_cast<std::int64_t>(step.alpha.size())}, step.alpha));
  outputs.push_back(floats({1, static_cast<std::int64_t>(step.state.size())}, step.state));
  return outputs;
}

/// The word that is rated best.
StepOutputs saying(std::size_t id) {
  StepOutputs step{std::vector<float>(6, 0.0F)};
  step.logits[id] = 10;
  return step;
}

class GreedyCaptionTest : public ::testing::Test {
 protected:
  std::string take_error(std::vector<Tensor> outputs) {
    const Status taken = caption_.take(std::move(outputs));
    if (taken) return "no error";
    EXPECT_EQ(taken.error().code, Code::kInternal);
    return taken.error().message;
  }

  CaptionConfig config_ = config();
  CaptionPlan plan_ = *CaptionPlan::create(config_, encoder(), step());
  GreedyCaption caption_ = *GreedyCaption::begin(plan_, encoded());
};

TEST_F(GreedyCaptionTest, BeginsWithTheStartWordAndTheEncodersState) {
  const auto inputs = caption_.next_inputs();
  ASSERT_TRUE(inputs) << inputs.error().message;
  ASSERT_EQ(inputs->size(), 3U);  // h, word, features: the step's order
  EXPECT_THAT((*inputs)[0].values<float>(), ElementsAre(7, 8));
  EXPECT_THAT((*inputs)[1].values<std::int64_t>(), ElementsAre(1));
  EXPECT_EQ((*inputs)[1].shape(), Shape{1});
  EXPECT_EQ((*inputs)[2].shape(), (Shape{1, 4, 3}));
}

TEST_F(GreedyCaptionTest, GoesOnWithTheWordSaidAndTheNextState) {
  ASSERT_TRUE(caption_.take(tensors(saying(4))));
  const auto inputs = caption_.next_inputs();
  EXPECT_THAT((*inputs)[0].values<float>(), ElementsAre(1, 2));
  EXPECT_THAT((*inputs)[1].values<std::int64_t>(), ElementsAre(4));
  EXPECT_THAT((*inputs)[2].values<float>(), ::testing::Each(0.5F));
}

TEST_F(GreedyCaptionTest, EndsWithTheEndWordWhichIsNotSaid) {
  for (const std::size_t id : {3U, 5U, 2U}) {
    ASSERT_FALSE(caption_.finished());
    ASSERT_TRUE(caption_.take(tensors(saying(id))));
  }
  EXPECT_TRUE(caption_.finished());
  EXPECT_TRUE(caption_.caption().ended);
  EXPECT_EQ(caption_.caption().text, "a ring");
  EXPECT_EQ(caption_.caption().words.size(), 2U);
  EXPECT_EQ(caption_.steps(), 3);
}

TEST_F(GreedyCaptionTest, IsCutOffAfterTheMostWords) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(caption_.take(tensors(saying(4))));
  EXPECT_TRUE(caption_.finished());
  EXPECT_FALSE(caption_.caption().ended);
  EXPECT_EQ(caption_.caption().text, "red red red red");
}

TEST_F(GreedyCaptionTest, MayEndAtOnce) {
  ASSERT_TRUE(caption_.take(tensors(saying(2))));
  EXPECT_EQ(caption_.caption(), (Caption{"", {}, {2, 2}, true}));
}

TEST_F(GreedyCaptionTest, ProbabilityIsTheSoftmaxOverAllWords) {
  ASSERT_TRUE(caption_.take(tensors({{0, 0, 0, std::log(5.0F), 0, 0}})));
  EXPECT_NEAR(caption_.caption().words[0].probability, 0.5, 1e-6);
}

TEST_F(GreedyCaptionTest, LargeLogitsDoNotOverflow) {
  ASSERT_TRUE(caption_.take(tensors({{-3e38F, 0, 0, 3e38F, 3e38F, 0}})));
  EXPECT_EQ(caption_.caption().text, "a");  // of equals the first
  EXPECT_NEAR(caption_.caption().words[0].probability, 0.5, 1e-6);
}

TEST_F(GreedyCaptionTest, KeepsWhereTheModelLooked) {
  ASSERT_TRUE(caption_.take(tensors(saying(3))));
  EXPECT_THAT(caption_.caption().words[0].attention, ElementsAre(0.1F, 0.2F, 0.3F, 0.4F));
  EXPECT_EQ(caption_.caption().grid, (CaptionGrid{2, 2}));
}

TEST_F(GreedyCaptionTest, NeverSaysStartAndPad) {
  ASSERT_TRUE(caption_.take(tensors({{9, 8, 1, 2, 7, 0}})));
  EXPECT_EQ(caption_.caption().text, "red");
  EXPECT_LT(caption_.caption().words[0].probability, 0.2);
}

TEST_F(GreedyCaptionTest, ImpossibleWordsMayBeMinusInfinity) {
  ASSERT_TRUE(caption_.take(tensors({{0, 0, -kInfinity, -kInfinity, -kInfinity, 0}})));
  EXPECT_EQ(caption_.caption().text, "ring");
}

TEST_F(GreedyCaptionTest, RefusesThatNothingMayBeSaid) {
  EXPECT_THAT(take_error(tensors({{0, 0, -kInfinity, -kInfinity, -kInfinity, -kInfinity}})), HasSubstr("impossible"));
}

TEST_F(GreedyCaptionTest, RefusesRatingsThatAreNoNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(take_error(tensors({{0, 0, 0, 0, nan, 0}})), HasSubstr("rates word 4 nan, which is no number"));
  EXPECT_THAT(take_error(tensors({{0, 0, 0, kInfinity, 0, 0}})), HasSubstr("rates word 3 inf"));
}

TEST_F(GreedyCaptionTest, RefusesAttentionThatIsNoNumber) {
  StepOutputs bad = saying(3);
  bad.alpha[2] = kInfinity;
  EXPECT_THAT(take_error(tensors(bad)), HasSubstr("'alpha' of cell 2 is inf"));
}

TEST_F(GreedyCaptionTest, RefusesWordsBeyondTheVocabulary) {
  EXPECT_THAT(take_error(tensors({std::vector<float>(7, 0.0F)})), HasSubstr("rates 7 words; its config names 6"));
}

TEST_F(GreedyCaptionTest, RefusesOutputsOfMoreThanOneImage) {
  std::vector<Tensor> outputs = tensors(saying(3));
  outputs[0] = floats({2, 6}, std::vector<float>(12, 0.0F));
  EXPECT_THAT(take_error(std::move(outputs)), HasSubstr("'logits': expected floating point [1, n], got float32[2,6]"));
  outputs = encoded();
  outputs[1] = floats({2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(GreedyCaption::begin(plan_, std::move(outputs)).error().message, HasSubstr("expected one image"));
}

TEST_F(GreedyCaptionTest, RefusesAStateOfAnotherShape) {
  StepOutputs bad = saying(3);
  bad.state = {1, 2, 3};
  EXPECT_THAT(take_error(tensors(bad)), HasSubstr("was float32[1,2] and became float32[1,3]"));
}

TEST_F(GreedyCaptionTest, RefusesTheWrongNumberOfOutputs) {
  EXPECT_THAT(take_error({}), HasSubstr("the step gave 0 outputs, expected 3"));
  EXPECT_THAT(GreedyCaption::begin(plan_, {}).error().message, HasSubstr("the encoder gave 0 outputs, expected 2"));
}

TEST_F(GreedyCaptionTest, ReadsHalfPrecision) {
  std::vector<Tensor> outputs = tensors(saying(3));
  std::vector<Float16> logits(6, to_float16(0.0F));
  logits[5] = to_float16(4.0F);
  outputs[0] = *Tensor::from<Float16>({1, 6}, std::span<const Float16>(logits));
  ASSERT_TRUE(caption_.take(std::move(outputs)));
  EXPECT_EQ(caption_.caption().text, "ring");
}

TEST(GreedyCaption, ATurnedStepTakesItsWordAsInt32) {
  const CaptionConfig settings = config();
  ModelInfo info = step();
  info.inputs[1].dtype = DType::kInt32;
  const auto plan = CaptionPlan::create(settings, encoder(), info);
  const auto caption = GreedyCaption::begin(*plan, encoded());
  EXPECT_THAT((*caption->next_inputs())[1].values<std::int32_t>(), ElementsAre(1));
}

TEST(GreedyCaption, WithoutAttentionHasNoGrid) {
  const CaptionConfig settings = config();
  ModelInfo info = step();
  info.outputs.erase(info.outputs.begin() + 1);
  const auto plan = CaptionPlan::create(settings, encoder(), info);
  auto caption = GreedyCaption::begin(*plan, encoded());
  std::vector<Tensor> outputs = tensors(saying(3));
  outputs.erase(outputs.begin() + 1);
  ASSERT_TRUE(caption->take(std::move(outputs)));
  EXPECT_TRUE(caption->caption().words[0].attention.empty());
  EXPECT_EQ(caption->caption().grid, CaptionGrid{});
}

}  // namespace
}  // namespace tandem
