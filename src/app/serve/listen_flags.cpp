// SPDX-License-Identifier: Apache-2.0
// The flags of the listeners as endpoints, and the first address as a URL.
#include "app/serve/listen_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/open_files.h"
#include "serve/http/cors.h"

namespace tandem::app {
namespace {

constexpr std::uint16_t kDefaultPort = 5003;
constexpr std::uint16_t kDefaultGrpcPort = 5004;

serve::Endpoint tcp_endpoint(const ListenFlags& flags, std::uint16_t port) {
  serve::Endpoint endpoint;
  endpoint.host = flags.host;
  endpoint.port = port;
  endpoint.tls = flags.speaks_tls();
  return endpoint;
}

serve::Endpoint unix_endpoint(const ListenFlags& flags) {
  serve::Endpoint endpoint;
  endpoint.kind = serve::Endpoint::Kind::kUnix;
  endpoint.path = flags.unix_path;
  endpoint.mode = static_cast<mode_t>(std::stoul(flags.unix_mode, nullptr, 8));
  return endpoint;
}

/// CLI11's sentence when `mode` is not three octal digits; "" when it is.
std::string check_mode(const std::string& mode) {
  const bool octal = !mode.empty() && mode.size() <= 4 && mode.find_first_not_of("01234567") == std::string::npos;
  return octal && std::stoul(mode, nullptr, 8) <= 0777 ? "" : "expected an octal mode like 0660, got " + mode;
}

}  // namespace

void ListenFlags::add_to(CLI::App& verb) {
  verb.add_option("--host", host, "Address to listen on; 0.0.0.0 for every interface")->capture_default_str();
  verb.add_option("--port", port, "0: any free one")->capture_default_str();
  verb.add_option(
      "--grpc-port", grpc_port,
      "A second port, where gRPC's clients look; default: 5004 when --port is left at 5003, otherwise none. "
      "Every port speaks every protocol");
  verb.add_flag("--no-grpc", no_grpc_port, "No second port")->excludes("--grpc-port");
  CLI::Option* path = verb.add_option("--unix", unix_path, "A Unix socket to listen on, too")->type_name("PATH");
  verb.add_option("--unix-mode", unix_mode, "Of its file: who may write to it may connect")
      ->check(check_mode)
      ->needs(path)
      ->capture_default_str();
  add_tls_to(verb);
  verb.add_option("--cors-origin", cors_origins, "A site whose pages may use the server, or *; may be repeated")
      ->type_name("ORIGIN");
  verb.add_option("--io-threads", io_threads, "Threads for HTTP; 0: by the number of cores")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  verb.add_option("--busy-poll-us", busy_poll_us,
                  "While requests keep coming sooner than this, wait for the next one awake; 0: always sleep")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  verb.add_option("--max-body-mb", max_body_mb, "Largest request body, MiB, after decompression")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  verb.add_option("--max-connections", max_connections, "Clients at the same time; more get 503")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void ListenFlags::add_tls_to(CLI::App& verb) {
  CLI::Option* certificate =
      verb.add_option("--tls-cert", tls_certificate, "PEM: the server's certificate, then those up to its root")
          ->type_name("FILE");
  CLI::Option* key =
      verb.add_option("--tls-key", tls_key, "PEM: its private key, without a passphrase")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  verb.add_option("--tls-client-ca", tls_client_ca, "PEM: who signs the certificates that clients must show")
      ->needs(certificate)
      ->type_name("FILE");
}

std::optional<std::uint16_t> ListenFlags::chosen_grpc_port() const {
  if (no_grpc_port) return std::nullopt;
  if (!grpc_port && port == kDefaultPort) return kDefaultGrpcPort;
  return grpc_port;
}

Status ListenFlags::apply_to(serve::ServerOptions& options) const {
  options.endpoints = {tcp_endpoint(*this, port)};
  if (const auto second = chosen_grpc_port()) {
    options.grpc_endpoint = options.endpoints.size();
    options.endpoints.push_back(tcp_endpoint(*this, *second));
  }
  if (!unix_path.empty()) options.endpoints.push_back(unix_endpoint(*this));
  if (speaks_tls()) {
    options.tls.emplace();
    options.tls->certificate = tls_certificate;
    options.tls->key = tls_key;
    options.tls->client_ca = tls_client_ca;
  }
  for (const std::string& origin : cors_origins) TRY(serve::check_origin(origin));
  options.cors_origins = cors_origins;
  options.io_threads = io_threads;
  options.busy_poll = std::chrono::microseconds(busy_poll_us);
  options.max_body_bytes = max_body_mb << 20;
  options.max_connections = max_connections;
  return {};
}

bool ListenFlags::is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::string ListenFlags::url(std::uint16_t bound_port) const {
  const char* scheme = speaks_tls() ? "https" : "http";
  return host.find(':') == std::string::npos ? fmt::format("{}://{}:{}", scheme, host, bound_port)
                                             : fmt::format("{}://[{}]:{}", scheme, host, bound_port);
}

std::string ListenFlags::local_url(std::uint16_t bound_port) const {
  if (host != "0.0.0.0" && host != "::") return url(bound_port);
  return fmt::format("{}://127.0.0.1:{}", speaks_tls() ? "https" : "http", bound_port);
}

void make_room_for_connections(std::size_t max_connections) {
  constexpr std::size_t kOthers = 256;  // files of models, engines and the program itself
  const std::size_t limit = raise_open_file_limit();
  if (limit >= max_connections + kOthers) return;
  log::warning(
      "the limit of open files is too low for --max-connections: clients beyond it wait; raise it (ulimit -n, "
      "LimitNOFILE of systemd) or lower --max-connections",
      {{"open_files", std::to_string(limit)}, {"max_connections", std::to_string(max_connections)}});
}

}  // namespace tandem::app
