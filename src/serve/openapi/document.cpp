// SPDX-License-Identifier: Apache-2.0
// Written once when the server starts.
#include "serve/openapi/document.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "serve/http/json_text.h"
#include "serve/openapi/operations.h"
#include "serve/openapi/schemas.h"

namespace tandem::serve {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kBinary = "application/octet-stream";

bool is_media_type(std::string_view name) { return name.find('/') != std::string_view::npos; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "post_v2_models_name_infer"
std::string operation_id(const RouteName& route) {
  std::string id = lower(route.method);
  for (const char c : route.pattern) {
    if (c == '/' || c == '.') {
      id += '_';
    } else if (c != '{' && c != '}') {
      id += c;
    }
  }
  return id;
}

void write_content(JsonWriter& writer, std::string_view name, bool binary) {
  writer.key("content").begin_object();
  writer.member(is_media_type(name) ? name : kJson).begin_object().key("schema").begin_object();
  if (!is_media_type(name)) writer.key("$ref").string("#/components/schemas/" + std::string(name));
  writer.end_object().end_object();
  if (binary) writer.member(kBinary).begin_object().key("schema").begin_object().end_object().end_object();
  writer.end_object();
}

void write_parameters(JsonWriter& writer, std::string_view pattern) {
  writer.key("parameters").begin_array();
  for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
    const std::string_view name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    writer.begin_object().key("name").string(name).key("in").string("path").key("required").boolean(true);
    writer.key("schema").raw(R"({"type":"string","minLength":1})").end_object();
  }
  writer.end_array();
}

void write_answers(JsonWriter& writer, const Operation& operation) {
  writer.key("responses").begin_object().key("200").begin_object().key("description").string("Done");
  if (!operation.answer.empty()) write_content(writer, operation.answer, operation.binary);
  writer.end_object().key("default").begin_object().key("description").string("Not done: the body says why");
  write_content(writer, operation.failure, false);
  writer.end_object().end_object();
}

void write_operation(JsonWriter& writer, const RouteName& route) {
  static constexpr Operation kUnknown{"", "", "Undocumented", "Not documented"};
  const Operation* found = find_operation(route.method, route.pattern);
  const Operation& operation = found == nullptr ? kUnknown : *found;
  writer.member(lower(route.method)).begin_object().key("operationId").string(operation_id(route));
  writer.key("tags").begin_array().string(operation.tag).end_array().key("summary").string(operation.summary);
  if (found == nullptr) writer.key("x-undocumented").boolean(true);
  write_parameters(writer, route.pattern);
  if (!operation.request.empty()) {
    writer.key("requestBody").begin_object().key("required").boolean(!operation.request_optional);
    write_content(writer, operation.request, operation.binary);
    writer.end_object();
  }
  write_answers(writer, operation);
  writer.end_object();
}

}  // namespace

std::string openapi_document(const Router& router, std::string_view version) {
  std::map<std::string, std::vector<RouteName>> paths;
  for (const RouteName& route : router.routes()) paths[route.pattern].push_back(route);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("openapi").string("3.1.0").key("info").begin_object();
  writer.key("title").string("Tandem").key("version").string(version.empty() ? "0" : version);
  writer.key("description").string("Inference over the Open Inference Protocol V2, and over images.");
  writer.end_object().key("paths").begin_object();
  for (const auto& [path, routes] : paths) {
    writer.member(path).begin_object();
    for (const RouteName& route : routes) write_operation(writer, route);
    writer.end_object();
  }
  writer.end_object().key("components").begin_object().key("schemas").raw(schemas_json());
  writer.end_object().end_object();
  return out;
}

void add_openapi_route(Router& router, std::string_view version) {
  const auto document = std::make_shared<std::string>();
  router.add("GET", "/openapi.json", [document](const HttpRequest&, const PathParameters&, const Responder& respond) {
    HttpResponse response;
    response.text = *document;
    respond(std::move(response));
  });
  *document = openapi_document(router, version);
}

}  // namespace tandem::serve
