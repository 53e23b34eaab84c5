// SPDX-License-Identifier: Apache-2.0
// The three kinds of answers that the calls of protocol V2 give.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/http/message.h"

namespace tandem::serve {

HttpResponse json_response(std::string text);

/// A status line without a body, which says everything.
HttpResponse empty_response(int status);

/// 200 without a body, or the error.
HttpResponse done_response(const Status& status);

/// The document, or the error.
HttpResponse document_response(Result<std::string> document);

/// The bytes of a request's body as text.
std::string_view body_text(const HttpRequest& request);

}  // namespace tandem::serve
