// SPDX-License-Identifier: Apache-2.0
// HttpPost: sends a document to a collector, one connection a document, with a limit on the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/http/client_stream.h"

namespace tandem::serve {

/// "http://HOST[:PORT][/PATH]" or "https://...", in its parts.
struct HttpUrl {
  bool tls = false;
  std::string host;         // without the brackets of an IPv6 address
  std::uint16_t port = 80;  // with TLS 443
  std::string path;         // "/..."; "" when there is none
  std::string authority;    // as it stands in the URL, for the header Host
};

/// Errors: invalid_argument (another scheme, no host, a port that is none, blanks).
Result<HttpUrl> parse_http_url(std::string_view url);

/// Sends `json` and reads the status of the answer, for at most `limit`. `tls` is not null when the URL wants it.
/// Errors: unavailable (no such host, nobody there, a certificate that proves nothing, no answer in time, a status that
/// is not 2xx).
Status post_json(const HttpUrl& url, const ClientStreamFactory& tls, std::string_view json,
                 std::chrono::milliseconds limit);

}  // namespace tandem::serve
