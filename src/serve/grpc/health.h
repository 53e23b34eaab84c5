// SPDX-License-Identifier: Apache-2.0
// gRPC's health protocol: Check answers once, Watch again whenever what it was asked for changes.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/watcher.h"
#include "serve/grpc/stream_call.h"
#include "serve/grpc/unary.h"
#include "serve/http/router.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// As HealthCheckResponse.ServingStatus has them.
enum class Health { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };

/// Of the server ("", or the name of one of its services) or of a model.
Health health_of(const InferenceService& service, std::string_view name);

/// The open calls of Watch. Thread-safe.
class HealthWatchers final {
 public:
  /// `service` outlives it.
  explicit HealthWatchers(const InferenceService& service) : service_(service) {}

  /// Tells the health of `name` at once. Until remove(), look() tells what it changes to.
  std::uint64_t add(std::string name, std::shared_ptr<AnswerStream> answers);
  void remove(std::uint64_t id);

  /// Tells those whose health has changed. The models say nothing of their own accord, so this is called at intervals.
  void look();

 private:
  struct Watch {
    std::string name;
    std::shared_ptr<AnswerStream> answers;
    Health told{};
  };

  const InferenceService& service_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::map<std::uint64_t, Watch> watches_;
  std::uint64_t next_id_ = 1;
};

/// Adds Check and Watch. `service` outlives the router. What Watch tells is at most `interval` old.
void add_grpc_health_routes(Router& router, const InferenceService& service, const UnaryOptions& options,
                            std::chrono::milliseconds interval = std::chrono::milliseconds(200));

}  // namespace tandem::serve
