// SPDX-License-Identifier: Apache-2.0
// A reason becomes 503, none 200.
#include "serve/server/probe_routes.h"

#include <functional>

#include "serve/http/status.h"

namespace tandem::serve {
namespace {

void add_probe(Router& router, std::string_view path, std::function<std::string()> reason) {
  router.add("GET", path,
             [reason = std::move(reason)](const HttpRequest&, const PathParameters&, const Responder& respond) {
               const std::string why_not = reason();
               if (!why_not.empty()) return respond(error_response(503, why_not));
               HttpResponse response;
               response.text = R"({"status":"ok"})";
               respond(std::move(response));
             });
}

}  // namespace

void add_probe_routes(Router& router, const ReadinessService& service) {
  add_probe(router, "/livez",
            [&service] { return service.live() ? std::string() : std::string("the server is not live"); });
  add_probe(router, "/readyz", [&service] { return service.unready_reason(); });
  add_probe(router, "/startupz", [&service] { return service.unstarted_reason(); });
  add_probe(router, "/v2/health/startup", [&service] { return service.unstarted_reason(); });
}

}  // namespace tandem::serve
