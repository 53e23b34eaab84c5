// SPDX-License-Identifier: Apache-2.0
// The flags of the listener, and the address as a URL.
#include "app/serve/listen_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tandem::app {

void ListenFlags::add_to(CLI::App& verb) {
  verb.add_option("--host", host, "Address to listen on; 0.0.0.0 for every interface")->capture_default_str();
  verb.add_option("--port", port, "0: any free one")->capture_default_str();
  verb.add_option("--io-threads", io_threads, "Threads for HTTP; 0: by the number of cores")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  verb.add_option("--max-body-mb", max_body_mb, "Largest request body, MiB, after decompression")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
}

Status ListenFlags::apply_to(serve::ServerOptions& options) const {
  options.host = host;
  options.port = port;
  options.io_threads = io_threads;
  options.max_body_bytes = max_body_mb << 20;
  return {};
}

bool ListenFlags::is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::string ListenFlags::url(std::uint16_t bound_port) const {
  return host.find(':') == std::string::npos ? fmt::format("http://{}:{}", host, bound_port)
                                             : fmt::format("http://[{}]:{}", host, bound_port);
}

std::string ListenFlags::local_url(std::uint16_t bound_port) const {
  return host == "0.0.0.0" || host == "::" ? fmt::format("http://127.0.0.1:{}", bound_port) : url(bound_port);
}

}  // namespace tandem::app
