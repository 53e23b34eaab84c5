// SPDX-License-Identifier: Apache-2.0
// Which call of the service answers which path.
#include "serve/v2/routes.h"

#include <array>

#include "serve/http/status.h"
#include "serve/v2/documents.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/json_reader.h"

namespace tandem::serve {
namespace {

constexpr std::array<std::string_view, 2> kModelPaths{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"};

HttpResponse json_response(std::string text) {
  HttpResponse response;
  response.text = std::move(text);
  return response;
}

HttpResponse empty_response(int status) {
  HttpResponse response;
  response.status = status;
  response.content_type.clear();
  return response;
}

Result<std::shared_ptr<const ServedModel>> find_model(InferenceService& service, const PathParameters& path) {
  return service.find(path.get("name"), path.get("version"));
}

using Documents = std::function<Result<std::string>(const PathParameters&)>;

void add_document(Router& router, std::string_view path, Documents make) {
  router.add("GET", path,
             [make = std::move(make)](const HttpRequest&, const PathParameters& parameters, const Responder& respond) {
               auto document = make(parameters);
               respond(document ? json_response(std::move(*document)) : error_response(document.error()));
             });
}

HttpResponse to_response(Result<InferResponse> result, const DecodedInfer& decoded, const ServedModel& model) {
  if (!result) return error_response(result.error());
  auto answer = encode_infer(decoded, model, std::move(*result));
  return answer ? std::move(*answer) : error_response(answer.error());
}

void infer(InferenceService& service, const HttpRequest& request, const PathParameters& path, Responder respond) {
  auto model = find_model(service, path);
  if (!model) return respond(error_response(model.error()));
  const auto json_length = parse_json_length(request.header("inference-header-content-length"), request.body.size());
  if (!json_length) return respond(error_response(json_length.error()));
  auto decoded = decode_infer({request.body, *json_length, request.owner, request.arrival, request.round}, **model);
  if (!decoded) return respond(error_response(decoded.error()));

  struct Pending {
    std::shared_ptr<const ServedModel> model;
    DecodedInfer decoded;
    Responder respond;
  };
  InferRequest inference = std::move(decoded->request);
  auto pending = std::make_shared<Pending>(Pending{std::move(*model), std::move(*decoded), std::move(respond)});
  service.infer(pending->model, std::move(inference), [pending](Result<InferResponse> result) {
    pending->respond(to_response(std::move(result), pending->decoded, *pending->model));
  });
}

void add_model_routes(Router& router, InferenceService& service, const std::string& base) {
  add_document(router, base, [&service](const PathParameters& path) -> Result<std::string> {
    return model_metadata(*TRY(find_model(service, path)));
  });
  add_document(router, base + "/config", [&service](const PathParameters& path) -> Result<std::string> {
    return model_configuration(*TRY(find_model(service, path)));
  });
  add_document(router, base + "/stats", [&service](const PathParameters& path) -> Result<std::string> {
    return model_statistics(TRY(service.statistics(path.get("name"), path.get("version"))));
  });
  router.add("GET", base + "/ready",
             [&service](const HttpRequest&, const PathParameters& path, const Responder& respond) {
               const auto model = find_model(service, path);
               respond(model ? empty_response(200) : error_response(model.error()));
             });
  router.add("POST", base + "/infer",
             [&service](const HttpRequest& request, const PathParameters& path, Responder respond) {
               infer(service, request, path, std::move(respond));
             });
}

// {"ready": true} asks for models that can be used; an empty body for all.
Result<bool> read_only_ready(std::span<const std::byte> body) {
  if (body.empty()) return false;
  JsonReader reader({reinterpret_cast<const char*>(body.data()), body.size()});
  bool only_ready = false;
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "ready") {
      only_ready = TRY(reader.boolean());
    } else {
      TRY(reader.skip());
    }
  }
  TRY(reader.expect_end());
  return only_ready;
}

void add_repository_routes(Router& router, InferenceService& service) {
  const Route index = [&service](const HttpRequest& request, const PathParameters&, const Responder& respond) {
    const auto only_ready = read_only_ready(request.body);
    respond(only_ready ? json_response(repository_index(service.index(), *only_ready))
                       : error_response(only_ready.error()));
  };
  const Route change = [](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(error_response(Error{Code::kUnavailable,
                                 "explicit model load and unload is off; the server loads every model "
                                 "of its store when it starts"}));
  };
  for (const std::string base : {"/v2/repository", "/v2/repository/{repository}"}) {
    router.add("POST", base + "/index", index);
    router.add("POST", base + "/models/{name}/load", change);
    router.add("POST", base + "/models/{name}/unload", change);
  }
}

void add_absent(Router& router, std::string_view method, const std::string& path, const std::string& what) {
  router.add(method, path, [what](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(error_response(Error{Code::kUnimplemented, what + " is not supported by this server"}));
  });
}

// Known calls of extensions that this server does not announce in GET /v2.
void add_absent_extensions(Router& router) {
  for (const std::string kind : {"system", "cuda"}) {
    const std::string base = "/v2/" + kind + "sharedmemory";
    for (const std::string& place : {base, base + "/region/{region}"}) {
      add_absent(router, "GET", place + "/status", kind + " shared memory");
      add_absent(router, "POST", place + "/unregister", kind + " shared memory");
    }
    add_absent(router, "POST", base + "/region/{region}/register", kind + " shared memory");
  }
  for (const std::string method : {"GET", "POST"}) {
    add_absent(router, method, "/v2/logging", "changing log settings over HTTP");
    add_absent(router, method, "/v2/trace/setting", "tracing");
    for (const std::string_view base : kModelPaths)
      add_absent(router, method, std::string(base) + "/trace/setting", "tracing");
  }
  for (const std::string_view base : kModelPaths) {
    add_absent(router, "POST", std::string(base) + "/generate", "the generate extension");
    add_absent(router, "POST", std::string(base) + "/generate_stream", "the generate extension");
  }
}

}  // namespace

void add_v2_routes(Router& router, InferenceService& service, const V2Options& options) {
  router.add("GET", "/v2/health/live", [&service](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(service.live() ? empty_response(200) : error_response(503, "the server is not live"));
  });
  router.add("GET", "/v2/health/ready",
             [&service](const HttpRequest&, const PathParameters&, const Responder& respond) {
               const std::string reason = service.unready_reason();
               respond(reason.empty() ? empty_response(200) : error_response(503, reason));
             });
  add_document(router, "/v2",
               [metadata = server_metadata(options.server_name, options.server_version)](
                   const PathParameters&) -> Result<std::string> { return metadata; });
  add_document(router, "/v2/models/stats", [&service](const PathParameters&) -> Result<std::string> {
    return model_statistics(TRY(service.statistics("", "")));
  });
  for (const std::string_view base : kModelPaths) add_model_routes(router, service, std::string(base));
  add_repository_routes(router, service);
  add_absent_extensions(router);
}

}  // namespace tandem::serve
