// SPDX-License-Identifier: Apache-2.0
// Images to captions through a service of two models: words, joined timing, and what is said when the step is missing.
#include "serve/api/caption_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "pipeline/pipeline.h"
#include "serve/api/predictor.h"
#include "support/fake_captioner.h"
#include "support/fake_clock.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

ServedModel encoder(const ModelConfig& config) {
  ServedModel model;
  model.name = "encoder";
  model.version = "1";
  model.info = fake_captioner::encoder_info();
  model.pipeline = std::make_shared<const Pipeline>(*Pipeline::create(config, model.info));
  return model;
}

ServedModel step() {
  ServedModel model;
  model.name = "step";
  model.version = "1";
  model.info = fake_captioner::step_info();
  return model;
}

template <typename Function>
FakeInferenceService::Run answering(Function function) {
  return [function](InferRequest request) -> Result<InferResponse> {
    InferResponse response;
    response.outputs = TRY(function(request.inputs));
    response.timing.queue = milliseconds(1);
    response.timing.compute_infer = milliseconds(2);
    return response;
  };
}

class CaptionStepsTest : public ::testing::Test {
 protected:
  CaptionStepsTest() { service_.add(encoder(fake_captioner::encoder_config()), answering(fake_captioner::encode)); }

  void add_step() { service_.add(step(), answering(fake_captioner::step)); }

  Result<ImagePrediction> predict(std::uint8_t red) {
    std::promise<Result<ImagePrediction>> promise;
    auto answer = promise.get_future();
    const auto model = *service_.find("encoder", "");
    const Status accepted = pool_.submit([&] {
      predictor_.predict(
          model,
          [red](const ServedModel&) -> Result<Image> { return Image{4, 4, 3, std::vector<std::uint8_t>(48, red)}; },
          clock_.now(), [&promise](Result<ImagePrediction> done) { promise.set_value(std::move(done)); });
    });
    EXPECT_TRUE(accepted);
    return answer.get();
  }

  FakeClock clock_;
  FakeInferenceService service_;
  WorkerPool pool_{2, 32};
  Predictor predictor_{service_, pool_, clock_};
};

TEST_F(CaptionStepsTest, AnImageBecomesACaption) {
  add_step();
  const auto done = predict(255);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_TRUE(done->prediction.caption);
  EXPECT_EQ(done->prediction.caption->text, "a red");
  EXPECT_TRUE(done->prediction.caption->ended);
  EXPECT_EQ(predict(0)->prediction.caption->text, "a blue");
}

TEST_F(CaptionStepsTest, TimingIsThatOfTheEncoderAndOfEveryStep) {
  add_step();
  const auto done = predict(255);
  EXPECT_EQ(done->timing.queue, milliseconds(4));  // one encoder, two words, one end
  EXPECT_EQ(done->timing.compute, milliseconds(8));
}

TEST_F(CaptionStepsTest, AMissingStepIsNamedBeforeTheImageIsRead) {
  const auto done = predict(255);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnavailable);
  EXPECT_THAT(done.error().message, HasSubstr("model 'encoder' says its captions with the model 'step'"));
  EXPECT_THAT(done.error().message, HasSubstr("there is no model 'step'"));
}

TEST_F(CaptionStepsTest, AStepOfAnotherCaptionerIsRefused) {
  ServedModel other = step();
  other.info.outputs[0] = fake_captioner::spec("logits", {7});
  service_.add(std::move(other), answering(fake_captioner::step));
  const auto done = predict(255);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message, HasSubstr("expected 7 words"));
}

TEST_F(CaptionStepsTest, AFailingStepIsNamed) {
  service_.add(step(), [](InferRequest) -> Result<InferResponse> {
    return fail(Code::kResourceExhausted, "the queue is full");
  });
  const auto done = predict(255);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kResourceExhausted);
  EXPECT_EQ(done.error().message, "step 'step': the queue is full");
}

TEST_F(CaptionStepsTest, AnswersThatMakeNoSenseAreTheModelsFault) {
  service_.add(step(),
               answering([](std::span<const Tensor>) -> Result<std::vector<Tensor>> { return std::vector<Tensor>(); }));
  const auto done = predict(255);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInternal);
}

TEST_F(CaptionStepsTest, ManyCaptionsGoOnAtTheSameTime) {
  add_step();
  std::vector<std::future<Result<ImagePrediction>>> answers;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto red = static_cast<std::uint8_t>(i % 2 == 0 ? 255 : 0);
    answers.push_back(std::async(std::launch::async, [this, red] { return predict(red); }));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto done = answers[i].get();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->prediction.caption->text, i % 2 == 0 ? "a red" : "a blue");
  }
}

}  // namespace
}  // namespace tandem::serve
