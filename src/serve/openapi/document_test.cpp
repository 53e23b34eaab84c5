// SPDX-License-Identifier: Apache-2.0
// Tests of the document, its table and its schemas.
#include "serve/openapi/document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "serve/openapi/operations.h"
#include "serve/openapi/schemas.h"

namespace tandem::serve {
namespace {

using nlohmann::json;

void ignore(const HttpRequest&, const PathParameters&, const Responder&) {}

json document_of(const Router& router) { return json::parse(openapi_document(router, "1.2")); }

TEST(OpenApiDocument, DescribesTheRoutesOfTheRouter) {
  Router router;
  router.add("POST", "/v2/models/{name}/versions/{version}/infer", ignore);
  const json document = document_of(router);
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"]["version"], "1.2");
  ASSERT_EQ(document["paths"].size(), 1U);
  const json operation = document["paths"]["/v2/models/{name}/versions/{version}/infer"]["post"];
  EXPECT_EQ(operation["operationId"], "post_v2_models_name_versions_version_infer");
  EXPECT_EQ(operation["parameters"].size(), 2U);
  EXPECT_EQ(operation["requestBody"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/InferRequest");
  EXPECT_TRUE(operation["responses"]["200"]["content"].contains("application/octet-stream"));
}

TEST(OpenApiDocument, SaysWhatItDoesNotKnow) {
  Router router;
  router.add("GET", "/something/new", ignore);
  EXPECT_EQ(document_of(router)["paths"]["/something/new"]["get"]["x-undocumented"], true);
}

TEST(OpenApiDocument, ARouteTellsTheDocumentThatItIsPartOf) {
  Router router;
  add_openapi_route(router, "1.2");
  HttpRequest request;
  request.method = "GET";
  request.path = "/openapi.json";
  std::string text;
  router.handle(std::move(request), [&text](HttpResponse response) { text = std::move(response.text); });
  EXPECT_FALSE(json::parse(text)["paths"]["/openapi.json"]["get"].contains("x-undocumented"));
}

TEST(OpenApiOperations, EachRowIsThereOnceAndUsesSchemasThatExist) {
  const json schemas = json::parse(schemas_json());
  std::set<std::pair<std::string_view, std::string_view>> rows;
  for (const Operation& row : operations()) {
    EXPECT_TRUE(rows.emplace(row.method, row.path).second) << row.method << ' ' << row.path;
    EXPECT_FALSE(row.summary.empty());
    for (const std::string_view name : {row.request, row.answer, row.failure}) {
      if (name.empty() || name.find('/') != std::string_view::npos) continue;
      EXPECT_TRUE(schemas.contains(name)) << name;
    }
  }
}

}  // namespace
}  // namespace tandem::serve
