// SPDX-License-Identifier: Apache-2.0
// Endpoint: one place where a server is reached, a TCP port or a Unix socket, in the clear or by TLS.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace tandem::serve {

struct Endpoint {
  enum class Kind { kTcp, kUnix };

  Kind kind = Kind::kTcp;
  std::string host = "127.0.0.1";   // name or address, IPv4 or IPv6; "0.0.0.0" or "::" for every interface
  std::uint16_t port = 0;           // 0: any free one
  std::filesystem::path path = {};  // of a Unix socket, at most 107 bytes
  mode_t mode = 0600;               // of a Unix socket: who may write to it may connect
  bool tls = false;
};

}  // namespace tandem::serve
