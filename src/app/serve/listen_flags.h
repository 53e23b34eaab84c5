// SPDX-License-Identifier: Apache-2.0
// ListenFlags: where `tandem serve` listens, and how much it takes from a client.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ListenFlags {
  std::string host = "127.0.0.1";
  std::uint16_t port = 5003;
  int io_threads = 0;
  std::uint64_t max_body_mb = 64;

  void add_to(CLI::App& verb);
  Status apply_to(serve::ServerOptions& options) const;

  /// Only this machine reaches the server.
  bool is_loopback() const;
  std::string url(std::uint16_t bound_port) const;
  /// What a client on this machine uses: the any-address is no address to ask.
  std::string local_url(std::uint16_t bound_port) const;
};

}  // namespace tandem::app
