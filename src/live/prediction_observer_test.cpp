// SPDX-License-Identifier: Apache-2.0
// Tests of predictions in words, with a model that always answers the same.
#include "live/prediction_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::live {
namespace {

using ::testing::HasSubstr;

SymbolicShape shape_of(const std::vector<std::int64_t>& sizes) {
  SymbolicShape shape;
  for (const std::int64_t size : sizes) shape.dims.push_back(Dim::fixed(size));
  return shape;
}

Pipeline make_pipeline(Postprocess postprocess, const std::vector<std::int64_t>& output, bool image = true) {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, shape_of({1, 1, 2, 2})});
  info.outputs.push_back({"y", DType::kFloat32, shape_of(output)});
  ModelConfig config;
  config.task = "test";
  ImagePreprocess settings;
  settings.width = settings.height = 2;
  settings.color = ColorOrder::kGray;
  if (image) config.inputs.push_back({"x", settings});
  config.outputs.push_back({"y", postprocess, Activation::kNone, {"ground", "tree"}});
  return Pipeline::create(std::move(config), info).value();
}

RunModel answer(const std::vector<std::int64_t>& shape, std::vector<float> values) {
  return [shape, values](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
    std::vector<Tensor> outputs;
    outputs.push_back(TRY(Tensor::from<float>(Shape(shape), std::span<const float>(values))));
    return outputs;
  };
}

const Frame kCameraFrame{{2, 2, 1, {1, 2, 3, 4}}, {}, 0, ""};

TEST(PredictionObserver, SaysTheLikeliestClass) {
  auto observer =
      observe_predictions(make_pipeline(Postprocess::kClassification, {1, 2}), answer({1, 2}, {0.25F, 0.75F}));
  const Observation observation = (*observer)->observe(kCameraFrame).value();
  EXPECT_EQ(observation.headline, "tree 75.0 %");
  EXPECT_EQ(observation.details, std::vector<std::string>{"ground 25.0 %"});
  EXPECT_EQ(observation.sentence, "tree");
  EXPECT_EQ(observation.picture, kCameraFrame.image);
}

TEST(PredictionObserver, SaysWhichRegionsAreSeen) {
  auto observer = observe_predictions(make_pipeline(Postprocess::kSegmentation, {1, 2, 2, 2}),
                                      answer({1, 2, 2, 2}, {1, 1, 1, 0, 0, 0, 0, 1}));
  const Observation observation = (*observer)->observe(kCameraFrame).value();
  EXPECT_EQ(observation.headline, "tree 25.0 %");
  EXPECT_EQ(observation.sentence, "I see tree.");
  EXPECT_EQ(observation.picture.channels, 3);
}

TEST(PredictionObserver, SaysThatNothingIsSeen) {
  auto observer = observe_predictions(make_pipeline(Postprocess::kSegmentation, {1, 2, 2, 2}),
                                      answer({1, 2, 2, 2}, {1, 1, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ((*observer)->observe(kCameraFrame)->sentence, "Nothing is seen.");
}

TEST(PredictionObserver, RefusesAModelWhoseOutputsMeanNothing) {
  const auto observer = observe_predictions(make_pipeline(Postprocess::kNone, {1, 2}), {});
  ASSERT_FALSE(observer);
  EXPECT_EQ(observer.error().code, Code::kFailedPrecondition);
}

TEST(PredictionObserver, RefusesAModelThatTakesNoImage) {
  EXPECT_FALSE(observe_predictions(make_pipeline(Postprocess::kClassification, {1, 2}, false), {}));
}

TEST(PredictionObserver, PassesTheModelsErrorOn) {
  const RunModel broken = [](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
    return internal_error("out of memory");
  };
  auto observer = observe_predictions(make_pipeline(Postprocess::kClassification, {1, 2}), broken);
  EXPECT_THAT((*observer)->observe(kCameraFrame).error().message, HasSubstr("out of memory"));
}

}  // namespace
}  // namespace tandem::live
