// SPDX-License-Identifier: Apache-2.0
// ListenFlags: where `tandem serve` listens, how it speaks there, and how much it takes from a client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  std::optional<std::uint16_t> grpc_port;  // absent: 5004 beside the default port, otherwise none
  bool no_grpc_port = false;
  std::string unix_path;
  std::string unix_mode = "0600";
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  std::vector<std::string> cors_origins;
  int io_threads = 0;
  int busy_poll_us = 100;
  std::uint64_t max_body_mb = 64;
  std::size_t max_connections = 16'384;

  void add_to(CLI::App& verb);
  Status apply_to(serve::ServerOptions& options) const;

  /// Only this machine reaches the server.
  bool is_loopback() const;
  bool speaks_tls() const { return !tls_certificate.empty(); }
  std::string url(std::uint16_t bound_port) const;
  /// What a client on this machine uses: the any-address is no address to ask.
  std::string local_url(std::uint16_t bound_port) const;

 private:
  std::optional<std::uint16_t> chosen_grpc_port() const;
  void add_tls_to(CLI::App& verb);
};

/// Lets the process open as many files as it may, and warns when that is too few for `max_connections`.
void make_room_for_connections(std::size_t max_connections);

}  // namespace tandem::app
