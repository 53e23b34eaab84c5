// SPDX-License-Identifier: Apache-2.0
// Tests of generating: plain models and a captioner, at once and as events.
#include "serve/generate/generate_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "pipeline/pipeline.h"
#include "support/fake_captioner.h"
#include "support/fake_clock.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename Function>
FakeInferenceService::Run answering(Function function) {
  return [function](InferRequest request) -> Result<InferResponse> {
    InferResponse response;
    response.outputs = TRY(function(request.inputs));
    response.timing.compute_infer = std::chrono::milliseconds(2);
    return response;
  };
}

class GenerateRoutes : public testing::Test {
 protected:
  GenerateRoutes() {
    service_.add(FakeInferenceService::one_to_one("echo", DType::kString, {Dim::symbol("batch"), Dim::fixed(1)}, 4));
    service_.add(FakeInferenceService::one_to_one("pair", DType::kInt64, {Dim::fixed(2)}));
    ServedModel encoder = FakeInferenceService::one_to_one("encoder", DType::kFloat32, {});
    encoder.info = fake_captioner::encoder_info();
    encoder.pipeline = std::make_shared<const Pipeline>(
        *Pipeline::create(fake_captioner::encoder_config(), fake_captioner::encoder_info()));
    encoder.max_batch_size = 4;
    service_.add(std::move(encoder), answering(fake_captioner::encode));
    add_generate_routes(router_, {service_, pool_, clock_});
  }

  void add_step(FakeInferenceService::Run run = answering(fake_captioner::step)) {
    ServedModel step = FakeInferenceService::one_to_one("step", DType::kFloat32, {});
    step.info = fake_captioner::step_info();
    service_.add(std::move(step), std::move(run));
  }

  // All pieces of the answer.
  std::vector<HttpResponse> ask(std::string_view path, const json& body) {
    const auto owner = std::make_shared<std::string>(body.dump());
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = std::as_bytes(std::span(*owner));
    request.owner = owner;
    request.wants_note = true;
    std::vector<HttpResponse> pieces;
    std::promise<void> complete;
    router_.handle(std::move(request), [&](HttpResponse piece) {
      const bool last = !piece.more;
      pieces.push_back(std::move(piece));
      if (last) complete.set_value();
    });
    complete.get_future().wait();
    return pieces;
  }
  json answer(std::string_view path, const json& body) {
    const auto pieces = ask(path, body);
    EXPECT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].status, 200) << pieces[0].text;
    return json::parse(pieces[0].text);
  }
  // The values of `key` in the events.
  std::vector<std::string> events(std::string_view path, const json& body, const char* key) {
    std::vector<std::string> values;
    for (const HttpResponse& piece : ask(path, body)) {
      if (piece.text.empty()) continue;
      EXPECT_TRUE(piece.text.starts_with("data: ") && piece.text.ends_with("\n\n")) << piece.text;
      values.push_back(json::parse(piece.text.substr(6)).at(key));
    }
    return values;
  }
  static json red_pixels() { return std::vector<float>(48, 1.0F); }

  FakeClock clock_;
  FakeInferenceService service_;
  WorkerPool pool_{2, 32};
  Router router_;
};

TEST_F(GenerateRoutes, APlainModelGivesItsOutputs) {
  EXPECT_EQ(answer("/v2/models/echo/generate", {{"x", "hello"}, {"id", "7"}, {"stream", false}}),
            json({{"model_name", "echo"}, {"model_version", "1"}, {"id", "7"}, {"y", "hello"}}));
  EXPECT_EQ(answer("/v2/models/pair/versions/1/generate", {{"x", {3, 4}}})["y"], json({3, 4}));
}

TEST_F(GenerateRoutes, APlainModelStreamsOneEvent) {
  EXPECT_THAT(events("/v2/models/echo/generate_stream", {{"x", "hello"}}, "y"), ElementsAre("hello"));
}

TEST_F(GenerateRoutes, AStreamIsAnEventStream) {
  const auto pieces = ask("/v2/models/echo/generate_stream", {{"x", "hello"}});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_THAT(pieces[0].content_type, HasSubstr("text/event-stream"));
  EXPECT_TRUE(pieces[0].more);
  EXPECT_FALSE(pieces[1].more);
}

TEST_F(GenerateRoutes, ACaptionerSaysItsCaption) {
  add_step();
  EXPECT_EQ(answer("/v2/models/encoder/generate", {{"image", red_pixels()}})["text"], "a red");
}

TEST_F(GenerateRoutes, ACaptionerTakesAPicture) {
  add_step();
  // A PNG of one blue pixel.
  const char* picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC";
  EXPECT_EQ(answer("/v2/models/encoder/generate", {{"image", picture}})["text"], "a blue");
}

TEST_F(GenerateRoutes, PiecesOfACaptionMakeTheCaption) {
  add_step();
  EXPECT_THAT(events("/v2/models/encoder/generate_stream", {{"image", red_pixels()}}, "text"),
              ElementsAre("a", " red"));
}

TEST_F(GenerateRoutes, AnErrorBeforeTheFirstEventIsAnOrdinaryOne) {
  EXPECT_EQ(ask("/v2/models/echo/generate_stream", {{"z", 1}})[0].status, 400);
  EXPECT_EQ(ask("/v2/models/none/generate_stream", {{"z", 1}})[0].status, 404);
  EXPECT_EQ(ask("/v2/models/encoder/generate", {{"image", red_pixels()}})[0].status, 503);  // there is no step
  EXPECT_EQ(ask("/v2/models/echo/generate", json::array())[0].status, 400);
}

TEST_F(GenerateRoutes, AnErrorAfterTheFirstEventIsAnEvent) {
  const auto words = std::make_shared<std::atomic<int>>(0);
  add_step([words](InferRequest request) -> Result<InferResponse> {
    if (words->fetch_add(1) > 0) return fail(Code::kInternal, "the engine has failed");
    return answering(fake_captioner::step)(std::move(request));
  });
  const auto pieces = ask("/v2/models/encoder/generate_stream", {{"image", red_pixels()}});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].status, 200);
  EXPECT_THAT(pieces[1].text, HasSubstr(R"(data: {"error":"step 'step': the engine has failed"})"));
}

TEST_F(GenerateRoutes, TheLastPieceTellsTheLogWhatItTook) {
  add_step();
  const auto pieces = ask("/v2/models/encoder/generate_stream", {{"image", red_pixels()}, {"id", "7"}});
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].note, nullptr);
  ASSERT_NE(pieces[2].note, nullptr);
  EXPECT_EQ(pieces[2].note->model, "encoder");
  EXPECT_EQ(pieces[2].note->request_id, "7");
  EXPECT_EQ(pieces[2].note->compute, std::chrono::milliseconds(2 + 3 * 2));  // one run of the encoder, three words
}

TEST_F(GenerateRoutes, APictureThatIsNoneIsRefused) {
  add_step();
  EXPECT_EQ(ask("/v2/models/encoder/generate", {{"image", "QUJD"}})[0].status, 400);
  EXPECT_EQ(ask("/v2/models/encoder/generate", {{"image", "???"}})[0].status, 400);
}

}  // namespace
}  // namespace tandem::serve
