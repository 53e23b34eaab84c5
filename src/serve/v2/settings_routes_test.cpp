// SPDX-License-Identifier: Apache-2.0
// Tests of the bodies that change log and trace settings, and of what the calls answer.
#include "serve/v2/settings_routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/log.h"
#include "support/fake_inference_service.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using nlohmann::json;

class SettingsRoutes : public testing::Test {
 protected:
  SettingsRoutes() : tracer_(*Tracer::create(folder_.path() / "trace.json")) {
    service_.add(FakeInferenceService::one_to_one("echo", DType::kFloat32, {Dim::fixed(1)}));
    add_logging_routes(router_);
    add_trace_routes(router_, service_, *tracer_);
  }
  ~SettingsRoutes() override { log::configure(log::Level::kWarning, log::Format::kText); }

  HttpResponse ask(std::string_view method, std::string_view path, std::string body = "") {
    const auto owner = std::make_shared<std::string>(std::move(body));
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::as_bytes(std::span(*owner));
    request.owner = owner;
    HttpResponse answer;
    router_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }
  json document(std::string_view method, std::string_view path, std::string body = "") {
    const HttpResponse answer = ask(method, path, std::move(body));
    EXPECT_EQ(answer.status, 200) << answer.text;
    return json::parse(answer.text);
  }

  TempDir folder_;
  FakeInferenceService service_;
  std::unique_ptr<Tracer> tracer_;
  Router router_;
};

TEST_F(SettingsRoutes, TheLogSaysWhatItWrites) {
  EXPECT_EQ(document("GET", "/v2/logging"), json({{"log_file", ""},
                                                  {"log_info", false},
                                                  {"log_warning", true},
                                                  {"log_error", true},
                                                  {"log_verbose_level", 0},
                                                  {"log_format", "ISO8601"}}));
}

TEST_F(SettingsRoutes, ALogLevelChangesAtOnce) {
  EXPECT_EQ(document("POST", "/v2/logging", R"({"log_info":true,"log_verbose_level":1})")["log_info"], true);
  EXPECT_TRUE(log::enabled(log::Level::kInfo));
  EXPECT_TRUE(log::enabled(log::Level::kDebug));
}

TEST_F(SettingsRoutes, ALogFileIsNotChosenFromOutside) {
  EXPECT_EQ(ask("POST", "/v2/logging", R"({"log_file":"/etc/passwd"})").status, 400);
}

TEST_F(SettingsRoutes, NonsenseForTheLogIsRefused) {
  for (const char* body : {"[]", "{", R"({"log_info":"yes"})", R"({"volume":11})", R"({"log_verbose_level":-1})"}) {
    EXPECT_EQ(ask("POST", "/v2/logging", body).status, 400) << body;
  }
}

TEST_F(SettingsRoutes, TracingStartsOff) {
  EXPECT_EQ(document("GET", "/v2/trace/setting"), json({{"trace_level", {"OFF"}},
                                                        {"trace_rate", "1000"},
                                                        {"trace_count", "-1"},
                                                        {"log_frequency", "0"},
                                                        {"trace_file", tracer_->file()},
                                                        {"trace_mode", "triton"}}));
}

TEST_F(SettingsRoutes, AModelsTraceSettingsAreItsOwnUntilTheyAreCleared) {
  const std::string path = "/v2/models/echo/trace/setting";
  EXPECT_EQ(document("POST", path, R"({"trace_level":["TIMESTAMPS"],"trace_rate":5})")["trace_rate"], "5");
  EXPECT_EQ(document("GET", "/v2/models/echo/versions/1/trace/setting")["trace_level"], json({"TIMESTAMPS"}));
  EXPECT_EQ(document("GET", "/v2/trace/setting")["trace_level"], json({"OFF"}));
  EXPECT_EQ(document("POST", path, R"({"trace_rate":null})")["trace_rate"], "1000");
}

TEST_F(SettingsRoutes, TraceSettingsOfUnknownModelsAre404) {
  EXPECT_EQ(ask("GET", "/v2/models/none/trace/setting").status, 404);
  EXPECT_EQ(ask("POST", "/v2/models/none/trace/setting", R"({"trace_rate":"1"})").status, 404);
}

TEST_F(SettingsRoutes, NonsenseForTracesIsRefused) {
  for (const char* body : {"[]", "{", R"({"trace_rate":"0"})", R"({"trace_level":true})", R"({"trace_file":"/x"})"}) {
    EXPECT_EQ(ask("POST", "/v2/trace/setting", body).status, 400) << body;
  }
}

}  // namespace
}  // namespace tandem::serve
