// SPDX-License-Identifier: Apache-2.0
// NoHandler: answers every request with an empty 200.
#pragma once

#include "serve/http/message.h"

namespace tandem::serve {

class NoHandler final : public HttpHandler {
 public:
  void handle(HttpRequest, Responder respond) override { respond(HttpResponse{}); }
};

}  // namespace tandem::serve
