// SPDX-License-Identifier: Apache-2.0
// A whole caption out of one run, and parts that do not fit together.
#include "app/models/captioner_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/fake_captioner.h"
#include "support/fake_engine.h"

namespace tandem::app {
namespace {

using Part = Result<std::vector<Tensor>> (*)(std::span<const Tensor>);

std::unique_ptr<Session> session(ModelInfo info, Part part) {
  return std::make_unique<FakeSession>(std::move(info),
                                       [part](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
                                         std::vector<Tensor> made = TRY(part(inputs));
                                         std::move(made.begin(), made.end(), outputs.begin());
                                         return {};
                                       });
}

Result<std::unique_ptr<CaptionerSession>> captioner() {
  return CaptionerSession::create(*fake_captioner::encoder_config().caption,
                                  session(fake_captioner::encoder_info(), fake_captioner::encode),
                                  session(fake_captioner::step_info(), fake_captioner::step));
}

std::vector<Tensor> picture(float red) {
  std::vector<Tensor> inputs;
  inputs.push_back(Tensor::allocate(DType::kFloat32, {1, 3, 4, 4}).value());
  std::ranges::fill(inputs[0].mutable_values<float>(), red);
  return inputs;
}

TEST(CaptionerSession, OneRunGivesAWholeCaption) {
  const auto whole = captioner().value();
  const auto red = whole->run(picture(1)).value();
  EXPECT_EQ(said_words(red).text, "a red");
  EXPECT_TRUE(said_words(red).ended);
  EXPECT_EQ(said_words(whole->run(picture(0)).value()).text, "a blue");
}

TEST(CaptionerSession, ItShowsHowTheFirstWordWasRated) {
  const auto outputs = captioner().value()->run(picture(1)).value();
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_EQ(outputs[2].shape(), (Shape{1, 6}));
  EXPECT_EQ(outputs[2].values<float>()[3], 20);
}

TEST(CaptionerSession, PartsThatDoNotFitTogetherAreRefused) {
  const auto refused = CaptionerSession::create(*fake_captioner::encoder_config().caption, doubling_session(2),
                                                session(fake_captioner::step_info(), fake_captioner::step));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tandem::app
