// SPDX-License-Identifier: Apache-2.0
// The headers of the Fetch standard.
#include "serve/http/cors.h"

#include <algorithm>
#include <utility>

#include "serve/http/status.h"

namespace tandem::serve {
namespace {

constexpr const char* kMethods = "GET, HEAD, POST, DELETE";
// What clients of protocol V2, and ours, send beyond what every page may.
constexpr const char* kHeaders =
    "Accept, Authorization, Content-Encoding, Content-Type, Inference-Header-Content-Length, Traceparent, Tracestate, "
    "X-Api-Key, X-Request-Id";
constexpr const char* kExposed =
    "Content-Encoding, Inference-Header-Content-Length, Retry-After, Traceparent, X-Request-Id";
constexpr const char* kMaxAge = "600";  // seconds for which the browser does not ask again

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
}

}  // namespace

Status check_origin(std::string_view origin) {
  if (origin == "*") return {};
  const std::size_t scheme = origin.find("://");
  const std::string_view host = scheme == std::string_view::npos ? "" : origin.substr(scheme + 3);
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (host.empty() || scheme == 0 ||
      !std::all_of(origin.begin(), origin.begin() + static_cast<std::ptrdiff_t>(scheme), is_letter) ||
      !std::all_of(host.begin(), host.end(), is_host_character)) {
    return invalid_argument(
        "an origin is '*' or as browsers write it, like https://page.example:8443 (lower case, no "
        "path, no '/' at the end); got '" +
        std::string(origin) + "'");
  }
  return {};
}

bool Cors::allows(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(),
                     [&](const std::string& known) { return known == "*" || known == origin; });
}

void Cors::allow(std::string_view origin, HttpResponse& response) const {
  const bool everyone = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
  response.headers.emplace_back("Access-Control-Allow-Origin", everyone ? "*" : origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", kExposed);
  if (!everyone) response.headers.emplace_back("Vary", "Origin");
}

HttpResponse Cors::preflight(std::string_view origin) const {
  if (!allows(origin)) {
    return error_response(
        403, "pages of " + std::string(origin) + " may not use this server; tandem serve --cors-origin would let them");
  }
  HttpResponse response;
  response.status = 204;
  allow(origin, response);
  response.headers.emplace_back("Access-Control-Allow-Methods", kMethods);
  response.headers.emplace_back("Access-Control-Allow-Headers", kHeaders);
  response.headers.emplace_back("Access-Control-Max-Age", kMaxAge);
  return response;
}

void Cors::handle(HttpRequest request, Responder respond) {
  const std::string_view origin = origins_.empty() ? "" : request.header("origin");
  if (origin.empty()) return next_.handle(std::move(request), std::move(respond));
  if (request.method == "OPTIONS" && !request.header("access-control-request-method").empty()) {
    return respond(preflight(origin));
  }
  if (!allows(origin)) return next_.handle(std::move(request), std::move(respond));
  auto allowed = [this, origin = std::string(origin), respond = std::move(respond)](HttpResponse response) {
    allow(origin, response);
    respond(std::move(response));
  };
  next_.handle(std::move(request), std::move(allowed));
}

}  // namespace tandem::serve
