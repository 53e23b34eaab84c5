// SPDX-License-Identifier: Apache-2.0
// Members stand in the order in which they are needed: what is asked by others is destroyed after them.
#include "serve/server/server.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/cpu.h"
#include "schedule/worker_pool.h"
#include "serve/api/api_routes.h"
#include "serve/api/shadow_route.h"
#include "serve/http/router.h"
#include "serve/http/server.h"
#include "serve/models/metrics.h"
#include "serve/models/shadow_metrics.h"
#include "serve/server/access_log.h"
#include "serve/v2/routes.h"
#include "serve/web/routes.h"

namespace tandem::serve {
namespace {

class RunningServer final : public Server {
 public:
  RunningServer(std::unique_ptr<ModelManager> models, std::unique_ptr<Workbench> workbench,
                const ServerOptions& options)
      : options_(options),
        models_(std::move(models)),
        workbench_(std::move(workbench)),
        log_(router_, system_clock()),
        pool_(options.image_threads, options.max_queued_images) {
    add_v2_routes(
        router_, *models_,
        {"tandem", options_.version, nullptr, options_.models.explicit_control ? &models_->control() : nullptr});
    add_api_routes(router_, {*models_, pool_, options_.default_model, [this] { return metrics_page(); }});
    add_shadow_route(router_, [this] { return models_->shadows(); });
    add_web_routes(router_);
    if (workbench_) {
      workbench_->add_routes(router_, pool_);
    } else {
      add_no_workbench_route(router_);
    }
  }

  ~RunningServer() override {
    if (http_) http_->stop();
    models_->drain();  // before the pool goes: answers of models are worked on there
  }

  Status listen() {
    HttpServerOptions http;
    http.host = options_.host;
    http.port = options_.port;
    http.io_threads = options_.io_threads;
    http.limits.body_bytes = options_.max_body_bytes;
    http_ = TRY(HttpServer::start(std::move(http), log_));
    listening_ = http_.get();
    return {};
  }

  std::uint16_t port() const override { return http_->port(); }
  int io_threads() const override { return options_.io_threads; }
  const ModelManager& models() const override { return *models_; }

  bool drain(std::chrono::milliseconds limit) override {
    constexpr std::chrono::milliseconds kPoll{5};
    const SteadyTime end = system_clock().now() + limit;
    models_->begin_drain();
    http_->begin_drain();
    while (http_->open_connections() > 0 && system_clock().now() < end) std::this_thread::sleep_for(kPoll);
    return http_->open_connections() == 0;
  }

 private:
  std::string metrics_page() const {
    ServerMetrics server = read_server_metrics();
    if (const HttpServer* http = listening_) server.http_connections = http->open_connections();
    return metrics_text(models_->metrics(), server) + shadow_metrics_text(models_->shadows());
  }

  const ServerOptions options_;
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<Workbench> workbench_;  // null: switched off
  Router router_;
  AccessLog log_;
  WorkerPool pool_;
  std::unique_ptr<HttpServer> http_;
  std::atomic<const HttpServer*> listening_{nullptr};  // http_, for the io threads: they run before start() returns
};

}  // namespace

int choose_io_threads(int cores) { return std::clamp(cores / 16, 1, 8); }

Result<std::unique_ptr<Server>> Server::start(const std::filesystem::path& store_or_model,
                                              const EngineRegistry& engines, ServerOptions options) {
  const int cores = cpu_budget().cores;
  if (options.io_threads <= 0) options.io_threads = choose_io_threads(cores);
  if (options.image_threads == 0) options.image_threads = static_cast<std::size_t>(cores);
  auto models = TRY(ModelManager::open(store_or_model, engines, options.models));
  if (!options.default_model.empty()) TRY(models->find(options.default_model, ""));
  std::unique_ptr<Workbench> workbench;
  if (options.workbench) {
    options.workbench->body_bytes = options.max_body_bytes;
    workbench = TRY(Workbench::open(engines, *options.workbench));
  }
  auto server = std::make_unique<RunningServer>(std::move(models), std::move(workbench), options);
  TRY(server->listen());
  return server;
}

}  // namespace tandem::serve
