// SPDX-License-Identifier: Apache-2.0
// Server: the models of a store behind HTTP; everything that `tandem serve` runs, wired together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/registry.h"
#include "serve/cache/caching_service.h"
#include "serve/gate/gate.h"
#include "serve/http/endpoint.h"
#include "serve/models/model_manager.h"
#include "serve/observe/exchange_watch.h"
#include "serve/observe/span_export.h"
#include "serve/server/readiness.h"
#include "serve/tls/tls_client.h"
#include "serve/tls/tls_factory.h"
#include "serve/workbench/workbench.h"

namespace tandem::serve {

struct ServerOptions {
  std::vector<Endpoint> endpoints{1};        // at least one
  std::optional<std::size_t> grpc_endpoint;  // which of them is meant for gRPC: for the start-up report
  std::optional<TlsOptions> tls;             // for endpoints with TLS
  std::vector<std::string> cors_origins;     // whose pages may use the server; checked (check_origin)
  std::size_t max_connections = 16'384;
  int io_threads = 0;                        // 0: choose_io_threads
  std::chrono::microseconds busy_poll{100};  // HttpServerOptions::busy_poll; on one core there is none
  std::uint64_t max_body_bytes = std::uint64_t{64} << 20;
  std::string default_model;                  // of /inference; must be served when it is not ""
  std::size_t image_threads = 0;              // that decode and draw; 0: the cores of the CPU budget
  std::size_t max_queued_images = 256;        // that wait for such a thread
  std::string version;                        // of this program
  std::filesystem::path trace_file;           // of sampled requests; "": there are no traces
  bool shared_memory = false;                 // clients of this machine may share memory with the server
  std::optional<WorkbenchOptions> workbench;  // absent: files and jobs are not taken
  ModelManagerOptions models;
  ReadyPolicy ready;
  GateOptions gate;
  std::optional<CacheOptions> cache;        // absent: every request runs
  std::string access_log;                   // a file, "-" for standard output, "" for none
  std::optional<SpanExportOptions> traces;  // absent: nothing is exported
  TlsClientOptions traces_tls;              // for a collector with https
  TracingOptions tracing;
};

struct DrainLimits {
  std::chrono::milliseconds delay{0};  // not ready, but serving on: until load balancers have noticed
  std::chrono::milliseconds timeout{30'000};
};

/// One loop carries some 100k small requests a second, so few are enough: 1 up to 31 cores, then one for 16, at most 8.
int choose_io_threads(int cores);

/// Call order: `start (replace_keys | reopen_access_log | responds)* drain*`; the destructor stops at once.
class Server {
 public:
  virtual ~Server() = default;

  /// Loads the models, then listens. Errors: those of ModelManager::open, Workbench::open, make_tls_factory,
  /// HttpServer::start, of opening the access log and the export of traces, and not_found when the default model is not
  /// there.
  static Result<std::unique_ptr<Server>> start(const std::filesystem::path& store_or_model,
                                               const EngineRegistry& engines, ServerOptions options);

  /// Of an endpoint of the options; 0 for a Unix socket.
  virtual std::uint16_t port(std::size_t endpoint) const = 0;
  std::uint16_t port() const { return port(0); }
  /// Where gRPC's clients look, when that is a place of its own.
  virtual std::optional<std::uint16_t> grpc_port() const = 0;
  virtual int io_threads() const = 0;
  virtual const ModelManager& models() const = 0;

  /// From now on these keys count. Errors: failed_precondition (the server was started without keys).
  virtual Status replace_keys(ApiKeys keys) = 0;
  /// After the file was renamed. Errors: those of opening it.
  virtual Status reopen_access_log() = 0;
  /// Whether all io threads give a sign of life within `limit`.
  virtual bool responds(std::chrono::milliseconds limit) = 0;

  /// Not ready from now on; after the delay accepts no new connections, answers what has been asked, then closes.
  /// returns  whether every client was answered within the timeout
  virtual bool drain(const DrainLimits& limits) = 0;
};

}  // namespace tandem::serve
