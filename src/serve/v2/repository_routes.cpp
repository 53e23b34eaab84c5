// SPDX-License-Identifier: Apache-2.0
// Bodies are optional in all three calls.
#include "serve/v2/repository_routes.h"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "base/base64.h"
#include "base/bytes.h"
#include "serve/http/status.h"
#include "serve/v2/documents.h"
#include "serve/v2/json_reader.h"
#include "serve/v2/response.h"

namespace tandem::serve {
namespace {

using ReadMember = std::function<Status(const std::string&, JsonReader&)>;

Status read_object(JsonReader& reader, const ReadMember& read) {
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) TRY(read(key, reader));
  return {};
}

Status read_body(std::string_view json, const ReadMember& read) {
  if (json.empty()) return {};
  JsonReader reader(json);
  TRY(read_object(reader, read));
  return reader.expect_end();
}

Status read_parameters(std::string_view json, const ReadMember& read) {
  return read_body(json, [&read](const std::string& key, JsonReader& reader) -> Status {
    if (key == "parameters") return read_object(reader, read);
    return reader.skip();
  });
}

// {"ready": true} asks for models that can be used; an empty body for all.
Result<bool> read_only_ready(std::string_view json) {
  bool only_ready = false;
  TRY(read_body(json, [&only_ready](const std::string& key, JsonReader& reader) -> Status {
    if (key != "ready") return reader.skip();
    only_ready = TRY(reader.boolean());
    return {};
  }));
  return only_ready;
}

constexpr std::string_view kFilePrefix = "file:";
constexpr std::size_t kMaxFiles = 1024;
constexpr std::size_t kPrintedKey = 200;

bool stays_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

void load(ModelControl* control, const HttpRequest& request, const PathParameters& path, Responder respond) {
  if (control == nullptr) return respond(error_response(control_is_off()));
  auto parameters = read_load_parameters(body_text(request));
  if (!parameters) return respond(error_response(parameters.error()));
  control->load(path.get("name"), std::move(*parameters),
                [respond = std::move(respond)](const Status& status) { respond(done_response(status)); });
}

void unload(ModelControl* control, const HttpRequest& request, const PathParameters& path, Responder respond) {
  if (control == nullptr) return respond(error_response(control_is_off()));
  const auto dependents = read_unload_dependents(body_text(request));
  if (!dependents) return respond(error_response(dependents.error()));
  control->unload(path.get("name"), *dependents,
                  [respond = std::move(respond)](const Status& status) { respond(done_response(status)); });
}

}  // namespace

Error control_is_off() {
  return {
      Code::kUnavailable,
      "explicit model load and unload is off; the server loads the models of its store when it starts (switch it on "
      "with --model-control explicit)"};
}

Status add_model_file(const std::string& key, std::string bytes, LoadParameters& parameters) {
  const std::string path = key.substr(kFilePrefix.size());
  if (path.find('\0') != std::string::npos || !stays_inside(path)) {
    return invalid_argument(
        fmt::format("'{}': expected a path below the model, as in file:1/model.onnx", key.substr(0, kPrintedKey)));
  }
  if (parameters.files.size() == kMaxFiles) return invalid_argument("expected at most 1024 files");
  parameters.files[path] = std::move(bytes);
  return {};
}

Status check_load_parameters(const LoadParameters& parameters) {
  if (parameters.files.empty() || !parameters.config.empty()) return {};
  return invalid_argument("files are taken only together with the parameter config, which says what they are");
}

Result<LoadParameters> read_load_parameters(std::string_view json) {
  LoadParameters parameters;
  TRY(read_parameters(json, [&parameters](const std::string& key, JsonReader& reader) -> Status {
    if (key.starts_with(kFilePrefix)) {
      const auto bytes = decode_base64(TRY(reader.string()));
      if (!bytes) return fail(bytes.error().with_context(key.substr(0, kPrintedKey)));
      return add_model_file(key, std::string(as_text(*bytes)), parameters);
    }
    if (key != "config") return reader.skip();
    parameters.config = TRY(reader.string());
    return {};
  }));
  TRY(check_load_parameters(parameters));
  return parameters;
}

Result<bool> read_unload_dependents(std::string_view json) {
  bool dependents = false;
  TRY(read_parameters(json, [&dependents](const std::string& key, JsonReader& reader) -> Status {
    if (key != "unload_dependents") return reader.skip();
    dependents = TRY(reader.boolean());
    return {};
  }));
  return dependents;
}

void add_repository_routes(Router& router, InferenceService& service, ModelControl* control) {
  for (const std::string base : {"/v2/repository", "/v2/repository/{repository}"}) {
    router.add("POST", base + "/index",
               [&service](const HttpRequest& request, const PathParameters&, const Responder& respond) {
                 const auto only_ready = read_only_ready(body_text(request));
                 respond(only_ready ? json_response(repository_index(service.index(), *only_ready))
                                    : error_response(only_ready.error()));
               });
    router.add("POST", base + "/models/{name}/load",
               [control](const HttpRequest& request, const PathParameters& path, Responder respond) {
                 load(control, request, path, std::move(respond));
               });
    router.add("POST", base + "/models/{name}/unload",
               [control](const HttpRequest& request, const PathParameters& path, Responder respond) {
                 unload(control, request, path, std::move(respond));
               });
  }
}

}  // namespace tandem::serve
