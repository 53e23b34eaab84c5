// SPDX-License-Identifier: Apache-2.0
// Tests of an examination with a model that copies the truth of a phantom.
#include "domains/carotid/examination.h"

#include <gtest/gtest.h>

#include "domains/carotid/phantom.h"

namespace tandem::carotid {
namespace {

constexpr int kSide = 128;

ModelInfo model_info(std::int64_t classes) {
  ModelInfo info;
  const auto shape = [](std::int64_t channels) {
    return SymbolicShape{{Dim::fixed(1), Dim::fixed(channels), Dim::fixed(kSide), Dim::fixed(kSide)}};
  };
  info.inputs.push_back({"x", DType::kFloat32, shape(1)});
  info.outputs.push_back({"y", DType::kFloat32, shape(classes)});
  return info;
}

Pipeline make_pipeline(Postprocess postprocess, std::int64_t classes = 3) {
  ModelConfig config;
  config.task = "segmentation";
  ImagePreprocess image;
  image.width = kSide;
  image.height = kSide;
  image.color = ColorOrder::kGray;
  config.inputs.push_back({"x", image});
  config.outputs.push_back({"y", postprocess, Activation::kSoftmax, {}});
  return Pipeline::create(std::move(config), model_info(classes)).value();
}

/// Logits that are sure of the phantom's mask at `index`, whatever the image.
RunModel know_the_truth(const Phantom& phantom, std::int64_t& index, std::int64_t classes = 3) {
  return [&phantom, &index, classes](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
    Tensor logits = TRY(Tensor::allocate(DType::kFloat32, Shape{1, classes, kSide, kSide}));
    const Image mask = phantom.mask(index);
    const auto values = logits.mutable_values<float>();
    std::fill(values.begin(), values.end(), 0.0F);
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) values[mask.pixels[i] * mask.pixels.size() + i] = 20.0F;
    std::vector<Tensor> outputs;
    outputs.push_back(std::move(logits));
    return outputs;
  };
}

TEST(Examination, FollowsAPhantomToItsDecision) {
  const Phantom phantom = Phantom::create({.kind = PhantomKind::kArrest}).value();
  std::int64_t index = 0;
  auto examination =
      Examination::create(make_pipeline(Postprocess::kSegmentation), know_the_truth(phantom, index)).value();
  State state = State::kSearching;
  for (; index < phantom.options().frames; ++index) {
    const auto examined = examination.examine({phantom.frame(index).image, phantom.time(index), index, ""});
    ASSERT_TRUE(examined) << examined.error().message;
    EXPECT_EQ(examined->mask, phantom.mask(index));
    state = examined->row.decision.state;
  }
  EXPECT_EQ(state, State::kArrest);
}

TEST(Examination, RefusesAPipelineThatDoesNotSegment) {
  const auto examination = Examination::create(make_pipeline(Postprocess::kNone), {});
  ASSERT_FALSE(examination);
  EXPECT_EQ(examination.error().code, Code::kFailedPrecondition);
}

TEST(Examination, RefusesAModelOfOtherClasses) {
  const Phantom phantom = Phantom::create({}).value();
  std::int64_t index = 0;
  auto examination =
      Examination::create(make_pipeline(Postprocess::kSegmentation, 4), know_the_truth(phantom, index, 4)).value();
  const auto examined = examination.examine({phantom.frame(0).image, phantom.time(0), 0, ""});
  ASSERT_FALSE(examined);
  EXPECT_NE(examined.error().message.find("got one of 4"), std::string::npos);
}

TEST(Examination, RefusesAnImpossiblePixelSpacing) {
  ExaminationOptions options;
  options.measure.spacing = PixelSpacing{0, 1};
  EXPECT_FALSE(Examination::create(make_pipeline(Postprocess::kSegmentation), {}, options));
}

}  // namespace
}  // namespace tandem::carotid
