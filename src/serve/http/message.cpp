// SPDX-License-Identifier: Apache-2.0
// Look-ups in a request.
#include "serve/http/message.h"

#include "base/check.h"

namespace tandem::serve {

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool HttpHandler::takes_stream(const HttpRequest&) const { return false; }

std::unique_ptr<BodyReceiver> HttpHandler::open(HttpRequest, Responder) {
  CHECK(false);  // asked for though takes_stream() said no
  return nullptr;
}

}  // namespace tandem::serve
