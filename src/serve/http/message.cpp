// SPDX-License-Identifier: Apache-2.0
// Look-ups in a request.
#include "serve/http/message.h"

namespace tandem::serve {

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace tandem::serve
