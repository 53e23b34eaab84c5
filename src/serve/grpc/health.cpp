// SPDX-License-Identifier: Apache-2.0
// One rule for both calls; a thread looks for changes from the first Watch on.
#include "serve/grpc/health.h"

#include <atomic>
#include <optional>
#include <utility>

#include "base/protobuf_writer.h"
#include "serve/grpc/methods.h"
#include "serve/grpc/simple_request.h"

namespace tandem::serve {
namespace {

std::string health_message(Health health) {
  ProtobufWriter writer;
  writer.integer(1, static_cast<std::int64_t>(health));
  return writer.bytes();
}

/// The watchers, and the thread that looks for them. A server that nobody watches has no such thread.
class HealthService final {
 public:
  HealthService(const InferenceService& service, std::chrono::milliseconds interval)
      : watchers_(service), interval_(interval) {}

  HealthWatchers& watchers() {
    std::call_once(begun_, [this] { looking_ = std::make_unique<Watcher>(interval_, [this] { watchers_.look(); }); });
    return watchers_;
  }

 private:
  HealthWatchers watchers_;
  const std::chrono::milliseconds interval_;
  std::once_flag begun_;
  std::unique_ptr<Watcher> looking_;  // last: its thread uses the watchers
};

class WatchCall final : public StreamCall {
 public:
  WatchCall(std::shared_ptr<HealthService> health, std::shared_ptr<AnswerStream> answers)
      : health_(std::move(health)), answers_(std::move(answers)) {}
  WatchCall(const WatchCall&) = delete;
  WatchCall& operator=(const WatchCall&) = delete;
  ~WatchCall() override {
    if (id_) health_->watchers().remove(*id_);
    // Where the connection takes no stream (HTTP/1.1) the call ends with its request.
    answers_->end(fail(Code::kCancelled, "the call has ended; watch again, over HTTP/2"));
  }

  Status take(std::span<const std::byte> message) override {
    if (service_) return fail(Code::kInternal, "expected one message, got more");
    service_ = std::string(TRY(SimpleRequest::read(message)).text(1));
    return {};
  }
  void finish() override {
    if (!service_) return answers_->end(fail(Code::kInternal, "expected one message, got none"));
    id_ = health_->watchers().add(*service_, answers_);
  }
  void drain() override {
    health_->watchers().look();
    answers_->end(fail(Code::kUnavailable, "the server is about to end; watch another"));
  }

 private:
  const std::shared_ptr<HealthService> health_;
  const std::shared_ptr<AnswerStream> answers_;
  std::optional<std::string> service_;
  std::optional<std::uint64_t> id_;  // of the watch, once it has begun
};

}  // namespace

Health health_of(const InferenceService& service, std::string_view name) {
  if (name.empty() || name == kGrpcService || name == kHealthService) {
    return service.ready() ? Health::kServing : Health::kNotServing;
  }
  const auto model = service.find(name, "");
  if (model) return Health::kServing;
  return model.error().code == Code::kNotFound ? Health::kServiceUnknown : Health::kNotServing;
}

std::uint64_t HealthWatchers::add(std::string name, std::shared_ptr<AnswerStream> answers) {
  const std::lock_guard lock(mutex_);
  const Health health = health_of(service_, name);
  answers->send(health_message(health));
  watches_.emplace(next_id_, Watch{std::move(name), std::move(answers), health});
  return next_id_++;
}

void HealthWatchers::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  watches_.erase(id);
}

void HealthWatchers::look() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, watch] : watches_) {
    const Health health = health_of(service_, watch.name);
    if (health == watch.told) continue;
    watch.told = health;
    watch.answers->send(health_message(health));
  }
}

void add_grpc_health_routes(Router& router, const InferenceService& service, const UnaryOptions& options,
                            std::chrono::milliseconds interval) {
  const GrpcMethods add(router, kHealthService, options);
  add.document("Check", [&service](const SimpleRequest& request) -> Result<std::string> {
    const Health health = health_of(service, request.text(1));
    if (health != Health::kServiceUnknown) return health_message(health);
    return not_found("there is no service and no model '" + std::string(request.text(1)) + "'");
  });
  const auto health = std::make_shared<HealthService>(service, interval);
  add_stream_call(router, "/grpc.health.v1.Health/Watch", options.max_message_bytes,
                  [health](std::shared_ptr<AnswerStream> answers) -> std::unique_ptr<StreamCall> {
                    return std::make_unique<WatchCall>(health, std::move(answers));
                  });
}

}  // namespace tandem::serve
