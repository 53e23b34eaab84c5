// SPDX-License-Identifier: Apache-2.0
// Which call of the service answers which path.
#include "serve/v2/routes.h"

#include <array>

#include "serve/http/status.h"
#include "serve/v2/documents.h"
#include "serve/v2/infer_route.h"
#include "serve/v2/repository_routes.h"
#include "serve/v2/response.h"
#include "serve/v2/settings_routes.h"
#include "serve/v2/shared_memory_routes.h"

namespace tandem::serve {
namespace {

constexpr std::array<std::string_view, 2> kModelPaths{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"};

Result<std::shared_ptr<const ServedModel>> find_model(InferenceService& service, const PathParameters& path) {
  return service.find(path.get("name"), path.get("version"));
}

using Documents = std::function<Result<std::string>(const PathParameters&)>;

void add_document(Router& router, std::string_view path, Documents make) {
  router.add("GET", path,
             [make = std::move(make)](const HttpRequest&, const PathParameters& parameters, const Responder& respond) {
               respond(document_response(make(parameters)));
             });
}

void add_model_routes(Router& router, InferenceService& service, const V2Options& options, const std::string& base) {
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
  router.add("POST", base + "/infer", infer_route(service, options));
}

}  // namespace

std::vector<std::string_view> v2_extensions(const V2Options& options) {
  std::vector<std::string_view> extensions{
      "classification",     "model_repository", "schedule_policy", "model_configuration",
      "binary_tensor_data", "parameters",       "statistics",      "logging"};
  if (options.control != nullptr) extensions.emplace_back("model_repository(unload_dependents)");
  if (options.tracer != nullptr) extensions.emplace_back("trace");
  if (options.shared_memory != nullptr) extensions.emplace_back("system_shared_memory");
  return extensions;
}

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
               [metadata = server_metadata(options.server_name, options.server_version, v2_extensions(options))](
                   const PathParameters&) -> Result<std::string> { return metadata; });
  add_document(router, "/v2/models/stats", [&service](const PathParameters&) -> Result<std::string> {
    return model_statistics(TRY(service.statistics("", "")));
  });
  for (const std::string_view base : kModelPaths) add_model_routes(router, service, options, std::string(base));
  add_repository_routes(router, service, options.control);
  add_shared_memory_routes(router, options.shared_memory);
  add_logging_routes(router);
  if (options.tracer != nullptr) add_trace_routes(router, service, *options.tracer);
}

}  // namespace tandem::serve
