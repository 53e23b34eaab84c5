// SPDX-License-Identifier: Apache-2.0
// ServerAddress: where a server of the Open Inference Protocol is, and in which of its two forms it is spoken to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tandem::serve {

struct ServerAddress {
  bool grpc = false;       // else HTTP/1.1
  std::string host;        // without the brackets of an IPv6 address
  std::uint16_t port = 0;  // given, or 80
  std::string authority;   // as it was given, for the header Host

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

/// "http://HOST[:PORT]" or "grpc://HOST[:PORT]". Errors: invalid_argument (also for https and grpcs: this client speaks
/// no TLS)
Result<ServerAddress> parse_server_address(std::string_view url);

}  // namespace tandem::serve
