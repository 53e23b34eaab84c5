// SPDX-License-Identifier: Apache-2.0
// Answers without tensors.
#include "serve/v2/response.h"

#include <utility>

#include "base/bytes.h"
#include "serve/http/status.h"

namespace tandem::serve {

HttpResponse json_response(std::string text) {
  HttpResponse response;
  // tritonclient's asyncio twin asks for gzip with every call, and decompresses nothing but the outputs of infer.
  response.uncompressed = true;
  response.text = std::move(text);
  return response;
}

HttpResponse empty_response(int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = {};
  return response;
}

HttpResponse done_response(const Status& status) {
  return status ? empty_response(200) : error_response(status.error());
}

HttpResponse document_response(Result<std::string> document) {
  return document ? json_response(std::move(*document)) : error_response(document.error());
}

std::string_view body_text(const HttpRequest& request) { return as_text(request.body); }

}  // namespace tandem::serve
