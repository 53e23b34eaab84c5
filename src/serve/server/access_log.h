// SPDX-License-Identifier: Apache-2.0
// AccessLog: one log line a request, at level info: method, path, status, milliseconds, bytes.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// Hands requests on to `next` and notes their answers; costs nothing when the level is not written.
/// `next` and `clock` outlive it, and every answer that is still out.
class AccessLog final : public HttpHandler {
 public:
  AccessLog(HttpHandler& next, const Clock& clock) : next_(next), clock_(clock) {}
  void handle(HttpRequest request, Responder respond) override;
  bool takes_stream(const HttpRequest& head) const override { return next_.takes_stream(head); }
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override;

 private:
  Responder noting(const HttpRequest& request, Responder respond) const;

  HttpHandler& next_;
  const Clock& clock_;
};

}  // namespace tandem::serve
