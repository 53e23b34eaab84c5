// SPDX-License-Identifier: Apache-2.0
// The table of routes, and the two that need no file of their own.
#include "serve/api/api_routes.h"

#include <utility>

#include "serve/api/inference_route.h"
#include "serve/api/models_route.h"
#include "serve/http/json_text.h"
#include "serve/models/prometheus_text.h"

namespace tandem::serve {
namespace {

HttpResponse health(const InferenceService& service) {
  const std::string reason = service.unready_reason();
  HttpResponse response;
  response.status = reason.empty() ? 200 : 503;
  JsonWriter writer(response.text);
  writer.begin_object().key("status").string(reason.empty() ? "ok" : reason).end_object();
  return response;
}

HttpResponse metrics_page(const ApiContext& context) {
  HttpResponse response;
  response.content_type = kPrometheusContentType;
  response.text = context.metrics();
  return response;
}

}  // namespace

void add_api_routes(Router& router, const ApiContext& context) {
  const auto shared = std::make_shared<const ApiContext>(context);
  const auto predictor = std::make_shared<const Predictor>(context.service, context.pool, context.clock);
  router.add("GET", "/health", [shared](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(health(shared->service));
  });
  router.add("GET", "/metrics", [shared](const HttpRequest&, const PathParameters&, const Responder& respond) {
    respond(metrics_page(*shared));
  });
  router.add("GET", "/api/models", [shared](const HttpRequest&, const PathParameters&, const Responder& respond) {
    handle_model_list(*shared, respond);
  });
  router.add("POST", "/api/models/{name}/predict",
             [shared, predictor](HttpRequest request, const PathParameters& parameters, const Responder& respond) {
               handle_predict(*shared, predictor, parameters.get("name"), std::move(request), respond);
             });
  router.add("POST", "/inference",
             [shared, predictor](HttpRequest request, const PathParameters&, const Responder& respond) {
               handle_inference(*shared, predictor, std::move(request), respond);
             });
}

}  // namespace tandem::serve
