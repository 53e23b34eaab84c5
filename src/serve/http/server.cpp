// SPDX-License-Identifier: Apache-2.0
// Starts and ends the loops.
#include "serve/http/server.h"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "serve/http/event_loop.h"
#include "serve/http/listener.h"

namespace tandem::serve {
namespace {

class EpollServer final : public HttpServer {
 public:
  EpollServer(HttpServerOptions options, HttpHandler& handler, std::vector<Listener> listeners)
      : listeners_(std::move(listeners)), state_{std::move(options), handler, {}} {
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      const Endpoint& endpoint = state_.options.endpoints[i];
      for (const int fd : listeners_[i].sockets()) {
        state_.listening.push_back({fd, endpoint.kind == Endpoint::Kind::kTcp, endpoint.tls});
      }
      ports_.push_back(listeners_[i].port());
    }
  }
  ~EpollServer() override { stop(); }

  Status launch() {
    for (int i = 0; i < state_.options.io_threads; ++i) loops_.push_back(TRY(EventLoop::create(state_)));
    try {
      for (const auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
    } catch (const std::system_error& error) {
      return internal_error(std::string("cannot start an io thread: ") + error.what());
    }
    return {};
  }

  std::uint16_t port(std::size_t endpoint) const override { return ports_.at(endpoint); }
  std::size_t open_connections() const override { return state_.open_connections.load(); }

  bool responds(std::chrono::milliseconds limit) override {
    constexpr std::chrono::milliseconds kPoll{1};
    const SteadyTime end = system_clock().now() + limit;
    const std::lock_guard lock(mutex_);
    const std::uint64_t ping = state_.ping.fetch_add(1, std::memory_order_acq_rel) + 1;
    for (const auto& loop : loops_) loop->wake();
    const auto has_answered = [&](const auto& loop) { return loop->answered_ping() >= ping; };
    while (!std::all_of(loops_.begin(), loops_.end(), has_answered)) {
      if (system_clock().now() >= end) return false;
      std::this_thread::sleep_for(kPoll);
    }
    return true;
  }

  void begin_drain() override {
    const std::lock_guard lock(mutex_);
    state_.draining.store(true, std::memory_order_release);
    for (const auto& loop : loops_) loop->wake();
  }

  void stop() override {
    const std::lock_guard lock(mutex_);
    state_.stopping.store(true, std::memory_order_release);
    for (const auto& loop : loops_) loop->wake();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    loops_.clear();
    listeners_.clear();
  }

 private:
  std::vector<Listener> listeners_;
  std::vector<std::uint16_t> ports_;  // of the listeners, also when those are closed
  ServerState state_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::thread> threads_;  // guarded, as loops_ are, by mutex_
  std::mutex mutex_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, HttpHandler& handler) {
  options.io_threads = std::max(1, options.io_threads);
  if (options.sweep_interval.count() < 1) return invalid_argument("sweep_interval must be at least 1 ms");
  if (options.endpoints.empty()) return invalid_argument("a server needs at least one endpoint");
  std::vector<Listener> listeners;
  for (const Endpoint& endpoint : options.endpoints) {
    if (endpoint.tls && !options.tls) return invalid_argument("an endpoint with TLS needs a certificate and a key");
    listeners.push_back(TRY(Listener::open(endpoint)));
  }
  auto server = std::make_unique<EpollServer>(std::move(options), handler, std::move(listeners));
  TRY(server->launch());
  return server;
}

}  // namespace tandem::serve
