// SPDX-License-Identifier: Apache-2.0
// A model's outputs become what a person wants to know; configs that do not fit a model are refused.
#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/half.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kAny = -1;

SymbolicShape shape_of(const std::vector<std::int64_t>& sizes) {
  SymbolicShape shape;
  for (const std::int64_t size : sizes) shape.dims.push_back(size == kAny ? Dim::symbol("n") : Dim::fixed(size));
  return shape;
}

/// float32 input x [n,1,4,4], output y of the shape given.
ModelInfo model(const std::vector<std::int64_t>& output) {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, shape_of({kAny, 1, 4, 4})});
  info.outputs.push_back({"y", DType::kFloat32, shape_of(output)});
  return info;
}

ModelConfig config(Postprocess postprocess, Activation activation, std::vector<std::string> labels = {}) {
  ModelConfig result;
  result.task = "test";
  ImagePreprocess image;
  image.width = image.height = 4;
  image.color = ColorOrder::kGray;
  result.inputs.push_back({"x", image});
  result.outputs.push_back({"y", postprocess, activation, std::move(labels)});
  return result;
}

Image gray(int width, int height) {
  return {width, height, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), 50)};
}

Result<Prediction> interpret(const ModelConfig& settings, const Shape& shape, const std::vector<float>& output,
                             const Image& image = gray(4, 4)) {
  const Pipeline pipeline = TRY(Pipeline::create(settings, model(shape.dims())));
  const PreparedImage prepared = TRY(pipeline.prepare(image));
  std::vector<Tensor> outputs;
  outputs.push_back(TRY(Tensor::from<float>(shape, std::span<const float>(output))));
  return pipeline.interpret(outputs, prepared);
}

Classification classification(Activation activation, const std::vector<float>& output,
                              std::vector<std::string> labels = {}) {
  auto prediction = interpret(config(Postprocess::kClassification, activation, std::move(labels)),
                              {1, static_cast<std::int64_t>(output.size())}, output);
  EXPECT_TRUE(prediction) << prediction.error().message;
  return *prediction->classification;
}

TEST(Classification, SoftmaxSumsToOneAndFindsTheBest) {
  const Classification result = classification(Activation::kSoftmax, {0, std::log(3.0F)}, {"cat", "dog"});
  EXPECT_NEAR(result.classes[0].probability, 0.25, 1e-6);
  EXPECT_NEAR(result.classes[1].probability, 0.75, 1e-6);
  EXPECT_EQ(result.best, 1U);
  EXPECT_EQ(result.classes[1].label, "dog");
}

TEST(Classification, SoftmaxOfLargeLogitsDoesNotOverflow) {
  const Classification result = classification(Activation::kSoftmax, {1e30F, -1e30F, 1e30F});
  EXPECT_FLOAT_EQ(result.classes[0].probability, 0.5F);
  EXPECT_FLOAT_EQ(result.classes[1].probability, 0.0F);
}

TEST(Classification, ClassesWithoutLabelsAreNumbered) {
  EXPECT_EQ(classification(Activation::kNone, {0.1F, 0.9F}).classes[1].label, "class_1");
}

TEST(Classification, SigmoidTreatsClassesApart) {
  const Classification result = classification(Activation::kSigmoid, {0, 100});
  EXPECT_FLOAT_EQ(result.classes[0].probability, 0.5F);
  EXPECT_FLOAT_EQ(result.classes[1].probability, 1.0F);
}

TEST(Classification, OneChannelMeansTwoClasses) {
  const Classification result = classification(Activation::kSigmoid, {std::log(4.0F)}, {"healthy", "ill"});
  EXPECT_NEAR(result.classes[0].probability, 0.2, 1e-6);
  EXPECT_NEAR(result.classes[1].probability, 0.8, 1e-6);
  EXPECT_EQ(result.best, 1U);
}

TEST(Classification, TakesAPooledMapOfOnePixel) {
  EXPECT_TRUE(interpret(config(Postprocess::kClassification, Activation::kSoftmax), {1, 2, 1, 1}, {1, 2}));
}

TEST(Classification, AnOutputThatIsNoNumberIsTheModelsFault) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto prediction = interpret(config(Postprocess::kClassification, Activation::kSoftmax), {1, 2}, {nan, 1});
  ASSERT_FALSE(prediction);
  EXPECT_EQ(prediction.error().code, Code::kInternal);
  EXPECT_THAT(prediction.error().message, HasSubstr("output 'y': element 0 of the output is no probability"));
}

TEST(Classification, ReadsHalfPrecision) {
  ModelInfo info = model({1, 2});
  info.outputs[0].dtype = DType::kFloat16;
  const auto pipeline = Pipeline::create(config(Postprocess::kClassification, Activation::kNone), info);
  const std::vector<Float16> values = {to_float16(0.25F), to_float16(0.75F)};
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::from<Float16>({1, 2}, std::span<const Float16>(values)));
  const auto prediction = pipeline->interpret(outputs, *pipeline->prepare(gray(4, 4)));
  EXPECT_EQ(prediction->classification->classes[1].probability, 0.75F);
}

TEST(Segmentation, HasTheSizeOfTheOriginalImage) {
  const auto prediction =
      interpret(config(Postprocess::kSegmentation, Activation::kNone), {1, 2, 1, 1}, {0.25F, 0.75F}, gray(7, 3));
  ASSERT_TRUE(prediction) << prediction.error().message;
  const Segmentation& result = *prediction->segmentation;
  EXPECT_EQ(result.mask, (Image{7, 3, 1, std::vector<std::uint8_t>(21, 1)}));
  EXPECT_THAT(result.fractions, ElementsAre(0, 1));
  EXPECT_FLOAT_EQ(static_cast<float>(result.mean_confidence), 0.75F);
}

TEST(Segmentation, ResizesProbabilitiesNotLabels) {
  // Class 1 from 0.9 at the left to 0.2 at the right over 4 pixels: 0.9 0.725 0.375 0.2.
  const auto prediction = interpret(config(Postprocess::kSegmentation, Activation::kNone), {1, 2, 1, 2},
                                    {0.1F, 0.8F, 0.9F, 0.2F}, gray(4, 1));
  ASSERT_TRUE(prediction) << prediction.error().message;
  EXPECT_THAT(prediction->segmentation->mask.pixels, ElementsAre(1, 1, 0, 0));
  EXPECT_NEAR(prediction->segmentation->mean_confidence, (0.9 + 0.725) / 2, 1e-6);
}

TEST(Segmentation, NeverInventsAClassBetweenTwoOthers) {
  const auto prediction =
      interpret(config(Postprocess::kSegmentation, Activation::kNone), {1, 3, 1, 2}, {1, 0, 0, 0, 0, 1}, gray(8, 1));
  EXPECT_THAT(prediction->segmentation->mask.pixels, ElementsAre(0, 0, 0, 0, 2, 2, 2, 2));
}

TEST(Segmentation, LetterboxPaddingIsLeftOut) {
  ModelConfig settings = config(Postprocess::kSegmentation, Activation::kNone);
  settings.inputs[0].image->resize = ResizeMode::kLetterbox;
  // 4 x 2 pixels lie in rows 1 and 2 of the input; class 1 is there only.
  std::vector<float> output(32, 0.0F);
  for (std::size_t i = 0; i < 16; ++i) {
    const bool inside = i >= 4 && i < 12;
    output[i] = inside ? 0.0F : 1.0F;
    output[16 + i] = inside ? 1.0F : 0.0F;
  }
  const auto prediction = interpret(settings, {1, 2, 4, 4}, output, gray(4, 2));
  EXPECT_THAT(prediction->segmentation->mask.pixels, ElementsAre(1, 1, 1, 1, 1, 1, 1, 1));
}

TEST(Segmentation, OneChannelIsForegroundFromOneHalf) {
  const auto prediction = interpret(config(Postprocess::kSegmentation, Activation::kSigmoid, {"background", "artery"}),
                                    {1, 1, 4, 4}, std::vector<float>{0, -1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  ASSERT_TRUE(prediction) << prediction.error().message;
  EXPECT_THAT(std::vector<int>(prediction->segmentation->mask.pixels.begin(),
                               prediction->segmentation->mask.pixels.begin() + 4),
              ElementsAre(1, 0, 1, 1));
  EXPECT_THAT(prediction->segmentation->labels, ElementsAre("background", "artery"));
}

TEST(Segmentation, WithoutForegroundConfidenceIsZero) {
  const auto prediction = interpret(config(Postprocess::kSegmentation, Activation::kSoftmax), {1, 2, 1, 1}, {5, 0});
  EXPECT_EQ(prediction->segmentation->mean_confidence, 0);
}

TEST(Segmentation, IsDrawnOverItsImage) {
  const auto prediction = interpret(config(Postprocess::kSegmentation, Activation::kSoftmax), {1, 2, 1, 1}, {0, 5});
  const auto overlay = to_overlay(gray(4, 4), *prediction->segmentation);
  ASSERT_TRUE(overlay);
  EXPECT_EQ(overlay->channels, 3);
  EXPECT_FALSE(to_overlay(gray(3, 4), *prediction->segmentation));
}

TEST(Pipeline, PreparesTheModelsInput) {
  const auto pipeline = Pipeline::create(config(Postprocess::kNone, Activation::kNone), model({1, 2}));
  ASSERT_TRUE(pipeline);
  EXPECT_TRUE(pipeline->takes_image());
  const auto prepared = pipeline->prepare(gray(9, 6));
  ASSERT_EQ(prepared->inputs.size(), 1U);
  EXPECT_EQ(prepared->inputs[0].shape(), (Shape{1, 1, 4, 4}));
  EXPECT_EQ(prepared->image_width, 9);
}

TEST(Pipeline, WithoutPreprocessingTakesNoImage) {
  ModelConfig settings;
  const auto pipeline = Pipeline::create(settings, model({1, 2}));
  EXPECT_FALSE(pipeline->takes_image());
  EXPECT_EQ(pipeline->prepare(gray(4, 4)).error().code, Code::kFailedPrecondition);
}

TEST(Pipeline, OptionalInputsStayEmpty) {
  ModelInfo info = model({1, 2});
  info.inputs.insert(info.inputs.begin(), {"threshold", DType::kFloat32, shape_of({1}), true});
  const auto pipeline = Pipeline::create(config(Postprocess::kNone, Activation::kNone), info);
  const auto prepared = pipeline->prepare(gray(4, 4));
  ASSERT_EQ(prepared->inputs.size(), 2U);
  EXPECT_TRUE(prepared->inputs[0].empty());
  EXPECT_FALSE(prepared->inputs[1].empty());
}

TEST(Pipeline, TwoRequiredInputsTakeNoImage) {
  ModelInfo info = model({1, 2});
  info.inputs.push_back({"z", DType::kFloat32, shape_of({1})});
  EXPECT_FALSE(Pipeline::create(config(Postprocess::kNone, Activation::kNone), info)->takes_image());
}

TEST(Pipeline, RefusesTheWrongNumberOfOutputs) {
  const auto pipeline = Pipeline::create(config(Postprocess::kNone, Activation::kNone), model({1, 2}));
  EXPECT_FALSE(pipeline->interpret({}, *pipeline->prepare(gray(4, 4))));
}

std::string error_of(const ModelConfig& settings, const ModelInfo& info) {
  const auto pipeline = Pipeline::create(settings, info);
  return pipeline ? "no error" : pipeline.error().message;
}

TEST(Pipeline, RefusesNamesThatTheModelHasNot) {
  ModelConfig settings = config(Postprocess::kNone, Activation::kNone);
  settings.inputs[0].name = "image";
  EXPECT_EQ(error_of(settings, model({1, 2})), "inputs[0].name: expected one of the model's [x], got 'image'");
}

TEST(Pipeline, RefusesAnImageOfAnotherShape) {
  ModelConfig settings = config(Postprocess::kNone, Activation::kNone);
  settings.inputs[0].image->color = ColorOrder::kRgb;
  EXPECT_THAT(error_of(settings, model({1, 2})),
              HasSubstr("inputs[0].image: makes float32[1,3,4,4], but the model takes x"));
}

TEST(Pipeline, RefusesAnInputOfAnotherType) {
  ModelInfo info = model({1, 2});
  info.inputs[0].dtype = DType::kUint8;
  EXPECT_THAT(error_of(config(Postprocess::kNone, Activation::kNone), info),
              HasSubstr("makes float32, but the model takes"));
}

TEST(Pipeline, RefusesTheWrongNumberOfLabels) {
  EXPECT_EQ(error_of(config(Postprocess::kClassification, Activation::kSoftmax, {"a", "b"}), model({kAny, 3})),
            "outputs[0].labels: expected 3 labels, one per class, got 2");
}

TEST(Pipeline, RefusesSoftmaxOfOneChannel) {
  EXPECT_THAT(error_of(config(Postprocess::kSegmentation, Activation::kSoftmax), model({1, 1, 4, 4})),
              HasSubstr("softmax of one channel is always 1"));
}

TEST(Pipeline, RefusesSegmentationOfAVector) {
  EXPECT_THAT(error_of(config(Postprocess::kSegmentation, Activation::kSoftmax), model({1, 3})),
              HasSubstr("segmentation needs an output [1, classes, height, width]"));
}

}  // namespace
}  // namespace tandem
