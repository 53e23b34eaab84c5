// SPDX-License-Identifier: Apache-2.0
// Gate: stands before the router and lets a call through when its caller may make it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "serve/gate/access_rule.h"
#include "serve/gate/api_keys.h"
#include "serve/http/message.h"

namespace tandem::serve {

struct GateOptions {
  std::optional<ApiKeys> keys;  // absent: everybody who reaches the server may read and infer
  bool admin_calls = false;     // --admin: calls that change the running server are answered at all
};

/// `next` outlives it. A refused call is answered 401 or 403 with a sentence, a gRPC call with the status that
/// corresponds.
class Gate final : public HttpHandler {
 public:
  Gate(HttpHandler& next, GateOptions options);

  void handle(HttpRequest request, Responder respond) override;

  /// From now on these keys count, also for connections that are open.
  void replace_keys(ApiKeys keys);

 private:
  std::optional<Error> check(const HttpRequest& request) const;

  HttpHandler& next_;
  const bool admin_calls_;
  std::atomic<const ApiKeys*> keys_{nullptr};  // the last of tables_
  std::mutex mutex_;
  /// Guarded by mutex_. Those before the last are kept for requests that look at them just now: a reload is rare and a
  /// table small, and so the look-up takes no lock.
  std::vector<std::unique_ptr<const ApiKeys>> tables_;
};

/// What a request carries as `Authorization: Bearer KEY` or `X-API-Key: KEY`; "" when it carries none.
std::string_view presented_key(const HttpRequest& request);

}  // namespace tandem::serve
