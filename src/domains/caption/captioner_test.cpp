// SPDX-License-Identifier: Apache-2.0
// Two models say one caption; models that do not belong together are refused before the first image.
#include "domains/caption/captioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "support/fake_captioner.h"
#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::caption {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A session that answers with what `function` gives and takes as long as it says.
template <typename Function>
FakeSession session(ModelInfo info, Function function, FakeClock& clock, milliseconds duration) {
  return FakeSession(std::move(info),
                     [function, &clock, duration](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
                       clock.advance(duration);
                       std::vector<Tensor> made = TRY(function(inputs));
                       std::move(made.begin(), made.end(), outputs.begin());
                       return {};
                     });
}

Image picture(std::uint8_t red) {
  Image image{4, 4, 3, {}};
  for (std::size_t i = 0; i < image.pixel_count(); ++i) {
    image.pixels.insert(image.pixels.end(), {red, 0, 0});
  }
  return image;
}

class CaptionerTest : public ::testing::Test {
 protected:
  Result<Captioner> create() {
    const auto pipeline = Pipeline::create(config_, encoder_.info());
    if (!pipeline) return fail(pipeline.error());
    pipeline_.emplace(*pipeline);
    return Captioner::create({*pipeline_, encoder_, step_}, clock_);
  }

  FakeClock clock_;
  ModelConfig config_ = fake_captioner::encoder_config();
  FakeSession encoder_ = session(fake_captioner::encoder_info(), fake_captioner::encode, clock_, milliseconds(4));
  FakeSession step_ = session(fake_captioner::step_info(), fake_captioner::step, clock_, milliseconds(2));
  std::optional<Pipeline> pipeline_;
};

TEST_F(CaptionerTest, SaysWhatItSees) {
  const auto captioner = create();
  ASSERT_TRUE(captioner) << captioner.error().message;
  EXPECT_EQ(captioner->caption(picture(255))->caption.text, "a red");
  EXPECT_EQ(captioner->caption(picture(0))->caption.text, "a blue");
}

TEST_F(CaptionerTest, LooksAtACellForEachWord) {
  const auto said = create()->caption(picture(255));
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->caption.grid, (CaptionGrid{2, 2}));
  EXPECT_THAT(said->caption.words[1].attention, ElementsAre(0, 1, 0, 0));
}

TEST_F(CaptionerTest, TimesTheEncoderAndEachStep) {
  const auto said = create()->caption(picture(255));
  EXPECT_EQ(said->timing.encode, milliseconds(4));
  EXPECT_EQ(said->timing.steps, 3);  // two words and the end
  EXPECT_EQ(said->timing.decode, milliseconds(6));
  EXPECT_EQ(said->timing.step(), milliseconds(2));
  EXPECT_EQ(said->timing.total(), milliseconds(10));
}

TEST_F(CaptionerTest, StopsAfterTheMostWords) {
  config_.caption->max_words = 1;
  const auto said = create()->caption(picture(255));
  EXPECT_EQ(said->caption.text, "a");
  EXPECT_FALSE(said->caption.ended);
  EXPECT_EQ(said->timing.steps, 1);
}

TEST_F(CaptionerTest, RefusesAModelThatIsNoEncoder) {
  config_.caption.reset();
  EXPECT_THAT(create().error().message, HasSubstr("no section 'caption'"));
}

TEST_F(CaptionerTest, RefusesAnEncoderWithoutAnImage) {
  config_.inputs.clear();
  EXPECT_THAT(create().error().message, HasSubstr("add inputs[].image"));
}

TEST_F(CaptionerTest, RefusesTwoModelsThatDoNotBelongTogether) {
  config_.caption->words.push_back("more");
  const auto captioner = create();
  ASSERT_FALSE(captioner);
  EXPECT_EQ(captioner.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(captioner.error().message, HasSubstr("expected 6 words"));
}

TEST_F(CaptionerTest, AFailingModelIsNamed) {
  step_ = FakeSession(fake_captioner::step_info(), [](std::span<const Tensor>, std::span<Tensor>) -> Status {
    return internal_error("out of memory");
  });
  const auto said = create()->caption(picture(255));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().message, "step: out of memory");
}

}  // namespace
}  // namespace tandem::caption
