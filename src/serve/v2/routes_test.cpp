// SPDX-License-Identifier: Apache-2.0
// Tests of the V2 routes over a fake service.
#include "serve/v2/routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

class V2RoutesTest : public testing::Test {
 protected:
  V2RoutesTest() {
    service_.add(FakeInferenceService::one_to_one("echo", DType::kFloat32, {Dim::symbol("batch"), Dim::fixed(2)}, 8));
    service_.add(
        FakeInferenceService::one_to_one("busy", DType::kFloat32, {Dim::fixed(1)}),
        [](InferRequest) -> Result<InferResponse> { return fail(Code::kResourceExhausted, "the queue is full"); });
    add_v2_routes(router_, service_, {"tandem", "0.1"});
  }
  HttpResponse ask(std::string_view method, std::string_view path, std::string body = "",
                   std::string json_length = "") {
    auto owner = std::make_shared<std::string>(std::move(body));
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::as_bytes(std::span(*owner));
    request.owner = owner;
    request.wants_note = wants_note_;
    if (!json_length.empty()) request.headers.emplace_back("inference-header-content-length", json_length);
    HttpResponse answer;
    router_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }
  nlohmann::json document(std::string_view path) { return nlohmann::json::parse(ask("GET", path).text); }

  bool wants_note_ = false;
  FakeInferenceService service_;
  Router router_;
};

TEST_F(V2RoutesTest, HealthFollowsTheService) {
  EXPECT_EQ(ask("GET", "/v2/health/live").status, 200);
  EXPECT_EQ(ask("GET", "/v2/health/ready").status, 200);
  service_.is_ready = false;
  EXPECT_EQ(ask("GET", "/v2/health/ready").status, 503);
}

TEST_F(V2RoutesTest, AnnouncesOnlyWhatExists) {
  const auto metadata = document("/v2");
  EXPECT_EQ(metadata["name"], "tandem");
  EXPECT_EQ(metadata["extensions"],
            nlohmann::json({"classification", "model_repository", "schedule_policy", "model_configuration",
                            "binary_tensor_data", "parameters", "statistics", "logging"}));
}

TEST_F(V2RoutesTest, MetadataHasTheBatchAndConfigurationHasNot) {
  EXPECT_EQ(document("/v2/models/echo")["inputs"][0],
            nlohmann::json({{"name", "x"}, {"datatype", "FP32"}, {"shape", {-1, 2}}}));
  const auto config = document("/v2/models/echo/versions/1/config");
  EXPECT_EQ(config["max_batch_size"], 8);
  EXPECT_EQ(config["input"][0], nlohmann::json({{"name", "x"}, {"data_type", "TYPE_FP32"}, {"dims", {2}}}));
}

TEST_F(V2RoutesTest, UnknownModelsAre404) {
  EXPECT_EQ(ask("GET", "/v2/models/none").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models/none/ready").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models/echo/versions/7/ready").status, 404);
  EXPECT_EQ(ask("POST", "/v2/models/none/infer", "{}").status, 404);
  EXPECT_EQ(ask("GET", "/v2/models/echo/ready").status, 200);
}

TEST_F(V2RoutesTest, InfersOverJson) {
  const auto answer = ask("POST", "/v2/models/echo/infer",
                          R"({"id":"7","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto json = nlohmann::json::parse(answer.text);
  EXPECT_EQ(json["id"], "7");
  EXPECT_EQ(json["outputs"][0]["data"], nlohmann::json({1, 2}));
}

TEST_F(V2RoutesTest, ANoteComesWithTheAnswerForThoseWhoWantOne) {
  const char* question = R"({"id":"7","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})";
  EXPECT_EQ(ask("POST", "/v2/models/echo/infer", question).note, nullptr);
  wants_note_ = true;
  const auto note = ask("POST", "/v2/models/echo/infer", question).note;
  ASSERT_NE(note, nullptr);
  EXPECT_EQ(note->model, "echo");
  EXPECT_EQ(note->version, "1");
  EXPECT_EQ(note->request_id, "7");
}

TEST_F(V2RoutesTest, InfersOverBinary) {
  const std::string json =
      R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],)"
      R"("parameters":{"binary_data_output":true}})";
  const auto answer = ask("POST", "/v2/models/echo/infer", json + "12345678", std::to_string(json.size()));
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.tensors.size(), 1U);
  EXPECT_EQ(answer.tensors[0].byte_size(), 8U);
}

TEST_F(V2RoutesTest, ErrorsCarryASentence) {
  const auto answer = ask("POST", "/v2/models/echo/infer", "{}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.text, R"({"error":"input 'x' is missing; the model's inputs are x"})");
  EXPECT_EQ(ask("POST", "/v2/models/echo/infer", "{}", "3").status, 400);
  const auto busy =
      ask("POST", "/v2/models/busy/infer", R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]})");
  EXPECT_EQ(busy.status, 503);
}

TEST_F(V2RoutesTest, IndexCanBeOfReadyModels) {
  service_.states = {{"a", "1", "READY", ""}, {"b", "1", "UNAVAILABLE", "broken file"}};
  EXPECT_EQ(nlohmann::json::parse(ask("POST", "/v2/repository/index").text).size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(ask("POST", "/v2/repository/index", R"({"ready":true})").text).size(), 1U);
  EXPECT_EQ(ask("POST", "/v2/repository/index", "[").status, 400);
}

TEST_F(V2RoutesTest, StatisticsHaveAllEightDurations) {
  ModelStatistics statistics;
  statistics.name = "echo";
  statistics.version = "1";
  statistics.success = {3, 900};
  statistics.batches.push_back({4, {1, 2}, {1, 3}, {1, 4}});
  service_.model_statistics.push_back(statistics);
  for (const char* path : {"/v2/models/stats", "/v2/models/echo/stats"}) {
    const auto model = document(path)["model_stats"][0];
    EXPECT_EQ(model["inference_stats"].size(), 8U);
    EXPECT_EQ(model["inference_stats"]["success"]["ns"], 900);
    EXPECT_EQ(model["batch_stats"][0]["compute_infer"]["ns"], 3);
  }
}

TEST_F(V2RoutesTest, WhatDoesNotExistSaysSo) {
  EXPECT_EQ(ask("POST", "/v2/repository/models/echo/load").status, 503);
  EXPECT_EQ(ask("GET", "/v2/systemsharedmemory/status").status, 400);
  EXPECT_EQ(ask("POST", "/v2/cudasharedmemory/region/r/register").status, 501);
}

}  // namespace
}  // namespace tandem::serve
