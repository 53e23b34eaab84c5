// SPDX-License-Identifier: Apache-2.0
// Members stand in the order in which they are needed: what is asked by others is destroyed after them.
#include "serve/server/server.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>
#include <utility>

#include "base/cpu.h"
#include "base/cpu_utilization.h"
#include "schedule/worker_pool.h"
#include "serve/api/api_routes.h"
#include "serve/api/shadow_route.h"
#include "serve/generate/generate_routes.h"
#include "serve/grpc/routes.h"
#include "serve/http/compressor.h"
#include "serve/http/cors.h"
#include "serve/http/router.h"
#include "serve/http/server.h"
#include "serve/http2/http2.h"
#include "serve/models/metrics.h"
#include "serve/models/shadow_metrics.h"
#include "serve/observe/access_log.h"
#include "serve/openapi/document.h"
#include "serve/server/operations_metrics.h"
#include "serve/server/probe_routes.h"
#include "serve/settings/tracer.h"
#include "serve/shared_memory/shared_memory_registry.h"
#include "serve/v2/routes.h"
#include "serve/web/routes.h"

namespace tandem::serve {
namespace {

/// The sinks that are told of every request. RequestLines is always there: the log's level decides at run time.
struct Observers {
  RequestLines lines;
  std::unique_ptr<AccessLog> access_log;  // null: switched off
  std::unique_ptr<SpanExport> spans;      // null: switched off

  static Result<std::unique_ptr<Observers>> open(const ServerOptions& options) {
    auto observers = std::make_unique<Observers>();
    if (!options.access_log.empty()) observers->access_log = TRY(AccessLog::open(options.access_log));
    if (options.traces) {
      SpanExportOptions traces = *options.traces;
      if (traces.endpoint.starts_with("https:")) traces.tls = TRY(make_tls_client_factory(options.traces_tls));
      observers->spans = TRY(SpanExport::open(std::move(traces)));
    }
    return observers;
  }
  std::vector<ExchangeSink*> sinks() {
    std::vector<ExchangeSink*> all{&lines};
    if (access_log) all.push_back(access_log.get());
    if (spans) all.push_back(spans.get());
    return all;
  }
};

std::unique_ptr<CachingService> make_cache(InferenceService& models, const std::optional<CacheOptions>& options) {
  return options ? std::make_unique<CachingService>(models, *options, system_clock()) : nullptr;
}

/// A request goes watch_, cors_, gate_, compressor_, router_, a route of its protocol, readiness_, cache_, models_.
class RunningServer final : public Server {
 public:
  RunningServer(std::unique_ptr<ModelManager> models, std::unique_ptr<Workbench> workbench,
                std::unique_ptr<Observers> observers, std::unique_ptr<Tracer> tracer, const ServerOptions& options)
      : options_(options),
        models_(std::move(models)),
        cache_(make_cache(*models_, options_.cache)),
        readiness_(cache_ ? static_cast<InferenceService&>(*cache_) : *models_, options_.ready),
        workbench_(std::move(workbench)),
        observers_(std::move(observers)),
        tracer_(std::move(tracer)),
        pool_(options.image_threads, options.max_queued_images),
        compressor_(router_, pool_),
        gate_(compressor_, options_.gate),
        cors_(gate_, options_.cors_origins),
        watch_(cors_, system_clock(), observers_->sinks(), options_.tracing) {
    add_probe_routes(router_, readiness_);
    add_v2_routes(router_, readiness_, v2_options());
    add_grpc_routes(router_, readiness_, {v2_options(), options_.max_body_bytes});
    add_api_routes(router_, {readiness_, pool_, options_.default_model, [this] { return metrics_page(); }});
    add_shadow_route(router_, [this] { return models_->shadows(); });
    add_generate_routes(router_, {readiness_, pool_});
    if (workbench_) {
      workbench_->add_routes(router_, pool_);
    } else {
      add_no_workbench_route(router_);
    }
    add_openapi_route(router_, options_.version);
    add_web_routes(router_);
  }

  ~RunningServer() override {
    if (http_) http_->stop();
    models_->drain();  // before the pool goes: answers of models are worked on there
  }

  Status listen() {
    HttpServerOptions http;
    http.endpoints = options_.endpoints;
    http.max_connections = options_.max_connections;
    http.http2 = make_http2_factory();
    if (options_.tls) {
      TlsOptions tls = *options_.tls;
      tls.http2 = http.http2 != nullptr;
      http.tls = TRY(make_tls_factory(std::move(tls)));
    }
    http.io_threads = options_.io_threads;
    http.busy_poll = options_.busy_poll;
    http.limits.body_bytes = options_.max_body_bytes;
    http.note_clients = observers_->access_log || observers_->spans;
    http_ = TRY(HttpServer::start(std::move(http), watch_));
    listening_ = http_.get();
    return {};
  }

  std::uint16_t port(std::size_t endpoint) const override { return http_->port(endpoint); }
  std::optional<std::uint16_t> grpc_port() const override {
    if (!options_.grpc_endpoint) return std::nullopt;
    return http_->port(*options_.grpc_endpoint);
  }
  int io_threads() const override { return options_.io_threads; }
  const ModelManager& models() const override { return *models_; }

  Status replace_keys(ApiKeys keys) override {
    if (!options_.gate.keys) return fail(Code::kFailedPrecondition, "the server was started without --api-keys");
    gate_.replace_keys(std::move(keys));
    return {};
  }
  Status reopen_access_log() override { return observers_->access_log ? observers_->access_log->reopen() : Status(); }
  bool responds(std::chrono::milliseconds limit) override { return http_->responds(limit); }

  bool drain(const DrainLimits& limits) override {
    constexpr std::chrono::milliseconds kPoll{5};
    readiness_.begin_drain();
    models_->begin_drain();
    std::this_thread::sleep_for(limits.delay);
    const SteadyTime end = system_clock().now() + limits.timeout;
    http_->begin_drain();
    while (http_->open_connections() > 0 && system_clock().now() < end) std::this_thread::sleep_for(kPoll);
    return http_->open_connections() == 0;
  }

 private:
  V2Options v2_options() {
    V2Options v2;
    v2.server_version = options_.version;
    v2.tracer = tracer_.get();
    if (options_.models.explicit_control) v2.control = &models_->control();
    if (options_.shared_memory) v2.shared_memory = &shared_memory_;
    return v2;
  }

  std::string metrics_page() {
    ServerMetrics server = read_server_metrics();
    server.cpu_utilization = cpu_.update(read_cpu_times(), system_clock().now());
    if (const HttpServer* http = listening_) server.http_connections = http->open_connections();
    std::vector<ModelMetrics> models = models_->metrics();
    if (cache_) {
      for (ModelMetrics& model : models) cache_->add_hits_and_misses(std::span(&model.statistics, 1));
    }
    return metrics_text(models, server) + shadow_metrics_text(models_->shadows()) +
           operations_metrics({cache_.get(), observers_->access_log.get(), observers_->spans.get()}, readiness_.ready(),
                              options_.version);
  }

  const ServerOptions options_;
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<CachingService> cache_;  // null: switched off
  ReadinessService readiness_;
  std::unique_ptr<Workbench> workbench_;  // null: switched off
  std::unique_ptr<Observers> observers_;
  std::unique_ptr<Tracer> tracer_;
  SharedMemoryRegistry shared_memory_;
  CpuUtilization cpu_;
  Router router_;
  WorkerPool pool_;
  Compressor compressor_;  // from here on a request meets them from the last to the first
  Gate gate_;
  Cors cors_;
  ExchangeWatch watch_;
  std::unique_ptr<HttpServer> http_;
  std::atomic<const HttpServer*> listening_{nullptr};  // http_, for the io threads: they run before start() returns
};

}  // namespace

int choose_io_threads(int cores) { return std::clamp(cores / 16, 1, 8); }

Result<std::unique_ptr<Server>> Server::start(const std::filesystem::path& store_or_model,
                                              const EngineRegistry& engines, ServerOptions options) {
  const int cores = cpu_budget().cores;
  if (options.io_threads <= 0) options.io_threads = choose_io_threads(cores);
  if (cores == 1) options.busy_poll = {};  // the core is the client's
  if (options.image_threads == 0) options.image_threads = static_cast<std::size_t>(cores);
  auto models = TRY(ModelManager::open(store_or_model, engines, options.models));
  if (!options.default_model.empty()) TRY(models->find(options.default_model, ""));
  std::unique_ptr<Workbench> workbench;
  if (options.workbench) {
    options.workbench->body_bytes = options.max_body_bytes;
    workbench = TRY(Workbench::open(engines, *options.workbench));
  }
  auto observers = TRY(Observers::open(options));
  auto tracer = TRY(Tracer::create(options.trace_file));
  auto server = std::make_unique<RunningServer>(std::move(models), std::move(workbench), std::move(observers),
                                                std::move(tracer), options);
  TRY(server->listen());
  return server;
}

}  // namespace tandem::serve
