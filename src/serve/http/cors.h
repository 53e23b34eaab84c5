// SPDX-License-Identifier: Apache-2.0
// Cors: lets pages of other sites use the next handler (cross-origin resource sharing, https://fetch.spec.whatwg.org).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "serve/http/message.h"

namespace tandem::serve {

/// Errors: invalid_argument unless it is "*" or as browsers write an origin: "https://page.example:8443".
Status check_origin(std::string_view origin);

/// Answers preflight requests, and tells browsers which pages may read the other answers. Requests are not held back:
/// what a page may not read it may still cause, as without this. No cookie or other credential of the browser is
/// involved. `next` outlives it, and every answer that is still out.
class Cors final : public HttpHandler {
 public:
  /// `origins` are checked; with "*" among them every page may, without any this passes everything on.
  Cors(HttpHandler& next, std::vector<std::string> origins) : next_(next), origins_(std::move(origins)) {}
  void handle(HttpRequest request, Responder respond) override;
  /// A page of another site cannot send such a body, so nothing is added to what goes through here.
  bool takes_stream(const HttpRequest& head) const override { return next_.takes_stream(head); }
  std::unique_ptr<BodyReceiver> open(HttpRequest head, Responder respond) override {
    return next_.open(std::move(head), std::move(respond));
  }

 private:
  bool allows(std::string_view origin) const;
  HttpResponse preflight(std::string_view origin) const;
  void allow(std::string_view origin, HttpResponse& response) const;

  HttpHandler& next_;
  const std::vector<std::string> origins_;
};

}  // namespace tandem::serve
