// SPDX-License-Identifier: Apache-2.0
// The routes as a caller sees them, over a model of one C++ function.
#include "serve/api/api_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <nlohmann/json.hpp>

#include "pipeline/pipeline.h"
#include "schedule/stage_gate.h"

namespace tandem::serve {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kConfig = R"(schema: 1
task: classification
engine: onnxruntime
precision: fp32
max_batch_size: 8
inputs:
  - name: input
    image: {width: 1, height: 1, resize: stretch, interpolation: bilinear, color: gray, layout: nchw, invert: never,
            scale: 0.00392156862745098, mean: [0.0], std: [1.0]}
outputs:
  - name: output
    postprocess: classification
    activation: none
    labels: ["dark", "bright"]
)";

/// One model `light`: the probability of "bright" is the value of its only pixel.
class LightService final : public InferenceService {
 public:
  LightService() {
    auto model = std::make_shared<ServedModel>();
    model->name = "light";
    model->version = "1";
    model->backend = "fake";
    model->info.inputs.push_back(
        {"input", DType::kFloat32, {{Dim::symbol("n"), Dim::fixed(1), Dim::fixed(1), Dim::fixed(1)}}});
    model->info.outputs.push_back({"output", DType::kFloat32, {{Dim::symbol("n"), Dim::fixed(2)}}});
    model->pipeline =
        std::make_shared<const Pipeline>(Pipeline::create(parse_model_config(kConfig).value(), model->info).value());
    model_ = model;
  }
  bool live() const override { return true; }
  bool ready() const override { return is_ready; }
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view) const override {
    if (name == "light") return model_;
    return not_found("there is no model '" + std::string(name) + "'; there are: light");
  }
  void infer(const std::shared_ptr<const ServedModel>&, InferRequest request, InferCallback callback) override {
    const float bright = request.inputs[0].values<float>()[0];
    const std::array<float, 2> both = {1 - bright, bright};
    InferResponse response;
    response.outputs.push_back(Tensor::from<float>({1, 2}, both).value());
    callback(std::move(response));
  }
  std::vector<ModelState> index() const override {
    return {{"broken", "", "UNAVAILABLE", "no such file"}, {"light", "1", "READY", ""}};
  }
  Result<std::vector<ModelStatistics>> statistics(std::string_view, std::string_view) const override {
    return std::vector<ModelStatistics>{};
  }
  bool is_ready = true;
  std::shared_ptr<ServedModel> model_;
};

class ApiRoutesTest : public ::testing::Test {
 protected:
  ApiRoutesTest() {
    add_api_routes(router_, {service_, pool_, "", [] { return std::string("metrics\n"); }});
  }
  HttpResponse ask(std::string_view method, std::string_view path, std::string_view body = "") {
    HttpRequest request;
    auto kept = std::make_shared<std::string>(body);
    kept->reserve(body.size() + 64);
    request.method = method;
    request.path = path;
    request.body = std::as_bytes(std::span(*kept));
    request.owner = kept;
    std::promise<HttpResponse> answered;
    router_.handle(std::move(request), [&](HttpResponse response) { answered.set_value(std::move(response)); });
    return answered.get_future().get();
  }

  LightService service_;
  Router router_;
  WorkerPool pool_{2, 16};
};

TEST_F(ApiRoutesTest, HealthFollowsReadiness) {
  EXPECT_EQ(ask("GET", "/health").status, 200);
  service_.is_ready = false;
  EXPECT_EQ(ask("GET", "/health").status, 503);
}

TEST_F(ApiRoutesTest, MetricsAreOfThePrometheusType) {
  const HttpResponse response = ask("GET", "/metrics");
  EXPECT_EQ(response.text, "metrics\n");
  EXPECT_THAT(response.content_type, HasSubstr("version=0.0.4"));
}

TEST_F(ApiRoutesTest, InferenceAnswersWithTheDefaultModel) {
  const HttpResponse response = ask("POST", "/inference", R"({"image_data":[[255]],"patient_id":"P"})");
  ASSERT_EQ(response.status, 200) << response.text;
  const json body = json::parse(response.text);
  EXPECT_EQ(body["data"]["prediction"], "bright");
  EXPECT_EQ(body["data"]["patient_id"], "P");
  EXPECT_EQ(body["data"]["model_version"], "1");
}

TEST_F(ApiRoutesTest, InferenceFailsInItsOwnForm) {
  const HttpResponse unknown = ask("POST", "/inference", R"({"image_data":[[255]],"metadata":{"model":"nope"}})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(json::parse(unknown.text),
            (json{{"success", false}, {"error", "there is no model 'nope'; there are: light"}, {"data", nullptr}}));
  EXPECT_EQ(ask("POST", "/inference", "{").status, 400);
  EXPECT_EQ(ask("POST", "/inference", R"({"image_data":"aGk="})").status, 400);
}

TEST_F(ApiRoutesTest, InferenceChoosesByAnalysisType) {
  EXPECT_EQ(ask("POST", "/inference", R"({"image_data":[[255]],"analysis_type":"classification"})").status, 200);
  EXPECT_EQ(ask("POST", "/inference", R"({"image_data":[[255]],"analysis_type":"segmentation"})").status, 404);
}

TEST_F(ApiRoutesTest, ListsModelsWithTheirState) {
  const json list = json::parse(ask("GET", "/api/models").text);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["state"], "UNAVAILABLE");
  EXPECT_EQ(list[0]["reason"], "no such file");
  EXPECT_EQ(list[1]["takes_image"], true);
  EXPECT_EQ(list[1]["labels"], (json{"dark", "bright"}));
  EXPECT_EQ(list[1]["inputs"][0]["shape"], (json{"n", 1, 1, 1}));
}

TEST_F(ApiRoutesTest, PredictsFromAnImageFile) {
  constexpr unsigned char kPng[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
                                    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
                                    0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
                                    0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00,
                                    0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};  // one white
                                                                                                        // pixel
  const std::string_view png(reinterpret_cast<const char*>(kPng), sizeof kPng);
  const HttpResponse response = ask("POST", "/api/models/light/predict", png);
  ASSERT_EQ(response.status, 200) << response.text;
  const json body = json::parse(response.text);
  EXPECT_EQ(body["classification"]["label"], "bright");
  EXPECT_EQ(body["classification"]["classes"].size(), 2U);
  for (const char* step : {"decode", "preprocess", "queue", "compute", "postprocess", "total"}) {
    EXPECT_TRUE(body["timing_ms"][step].is_number()) << step;
  }
}

TEST_F(ApiRoutesTest, StagesWithWorkersOfTheirOwnAnswerTheSame) {
  service_.model_->preprocess_gate = std::make_shared<StageGate>(3, 8);
  service_.model_->postprocess_gate = std::make_shared<StageGate>(1, 8);
  const HttpResponse response = ask("POST", "/inference", R"({"image_data":[[255]]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.text)["data"]["prediction"], "bright");
  EXPECT_EQ(pool_.thread_count(), 3U);
}

TEST_F(ApiRoutesTest, AStageThatIsFullAnswers503) {
  service_.model_->preprocess_gate = std::make_shared<StageGate>(1, 0);
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  ASSERT_TRUE(service_.model_->preprocess_gate->submit(pool_, [released] { released.wait(); }));
  EXPECT_EQ(ask("POST", "/inference", R"({"image_data":[[255]]})").status, 503);
  release.set_value();
}

TEST_F(ApiRoutesTest, PredictRefusesWhatIsNoImageAndNoModel) {
  EXPECT_EQ(ask("POST", "/api/models/light/predict", "plain text").status, 400);
  EXPECT_EQ(ask("POST", "/api/models/nope/predict", "x").status, 404);
}

}  // namespace
}  // namespace tandem::serve
