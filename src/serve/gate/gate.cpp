// SPDX-License-Identifier: Apache-2.0
// The flag first, then the key, then the role.
#include "serve/gate/gate.h"

#include <fmt/format.h>
#include <strings.h>

#include <utility>

#include "base/log.h"
#include "serve/http/status.h"

namespace tandem::serve {
namespace {

bool is_grpc(const HttpRequest& request) { return request.header("content-type").starts_with("application/grpc"); }

/// A gRPC client reads the status from the trailers; over HTTP/2 everything else is 200.
HttpResponse refuse_grpc(const Error& error) {
  HttpResponse response;
  response.content_type = "application/grpc";
  response.trailers.emplace_back("grpc-status", fmt::to_string(static_cast<int>(error.code)));
  response.trailers.emplace_back("grpc-message", error.message);
  return response;
}

HttpResponse refuse(const HttpRequest& request, const Error& error) {
  if (is_grpc(request)) return refuse_grpc(error);
  HttpResponse response = error_response(error);
  if (error.code == Code::kUnauthenticated) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tandem\"");
  }
  return response;
}

}  // namespace

std::string_view presented_key(const HttpRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  std::string_view value = request.header("authorization");
  if (value.size() > kScheme.size() && ::strncasecmp(value.data(), kScheme.data(), kScheme.size()) == 0) {
    value.remove_prefix(kScheme.size());
    const std::size_t begin = value.find_first_not_of(' ');
    return begin == std::string_view::npos ? std::string_view() : value.substr(begin);
  }
  return request.header("x-api-key");
}

Gate::Gate(HttpHandler& next, GateOptions options) : next_(next), admin_calls_(options.admin_calls) {
  if (options.keys) replace_keys(std::move(*options.keys));
}

void Gate::replace_keys(ApiKeys keys) {
  const std::lock_guard lock(mutex_);
  tables_.push_back(std::make_unique<const ApiKeys>(std::move(keys)));
  keys_.store(tables_.back().get(), std::memory_order_release);
}

std::optional<Error> Gate::check(const HttpRequest& request) const {
  const AccessRule rule = access_rule(request.method, request.path);
  if (rule.role == Role::kAnyone) return std::nullopt;
  if (rule.needs_admin_flag && !admin_calls_) {
    return Error{Code::kPermissionDenied,
                 "this call changes the running server, and such calls are switched off: start it with --admin"};
  }
  const ApiKeys* const keys = keys_.load(std::memory_order_acquire);
  if (keys == nullptr) return std::nullopt;
  const std::string_view key = presented_key(request);
  if (key.empty()) {
    return Error{Code::kUnauthenticated,
                 fmt::format("this call needs an API key with the role {}: send 'Authorization: Bearer KEY' or "
                             "'X-API-Key: KEY'",
                             role_name(rule.role))};
  }
  const ApiKey* const caller = keys->find(key);
  if (caller == nullptr) {
    return Error{Code::kUnauthenticated,
                 "this API key is not known: check it, or have its hash added to the file that the server was given "
                 "as --api-keys"};
  }
  if (caller->role < rule.role) {
    return Error{Code::kPermissionDenied, fmt::format("this call needs the role {}; the key '{}' has the role {}",
                                                      role_name(rule.role), caller->name, role_name(caller->role))};
  }
  if (rule.role == Role::kAdmin) {
    log::info("an administrator's call",
              {{"key", caller->name}, {"method", std::string(request.method)}, {"path", std::string(request.path)}});
  }
  return std::nullopt;
}

void Gate::handle(HttpRequest request, Responder respond) {
  if (const std::optional<Error> refused = check(request)) return respond(refuse(request, *refused));
  next_.handle(std::move(request), std::move(respond));
}

}  // namespace tandem::serve
