// SPDX-License-Identifier: Apache-2.0
// Readiness: which models must be there for the server to be ready, and an InferenceService that goes by it.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/inference_service.h"

namespace tandem::serve {

struct ReadyPolicy {
  enum class When { kAny, kAll, kNamed };
  When when = When::kAny;
  std::vector<std::string> names;  // with kNamed
};

/// "any", "all", or names with commas between. Errors: invalid_argument (an empty name).
Result<ReadyPolicy> parse_ready_policy(std::string_view text);

/// Why the models are not enough, "" when they are. A model counts when one of its versions is READY. For kAny and kAll
/// those do not count that an operator does not want; where there are no others nothing is missing.
std::string missing_models(const ReadyPolicy& policy, std::span<const ModelState> index);

/// The names of the models that are being loaded, with commas between; "" when none is.
std::string loading_models(std::span<const ModelState> index);

/// Thread-safe. `next` outlives it.
class ReadinessService final : public InferenceService {
 public:
  ReadinessService(InferenceService& next, ReadyPolicy policy) : next_(next), policy_(std::move(policy)) {}

  bool live() const override { return next_.live(); }
  bool ready() const override { return unready_reason().empty(); }
  std::string unready_reason() const override;
  /// Why the server has not started yet, "" once it has: then it stays so.
  std::string unstarted_reason() const;
  /// Never ready again; requests are still answered.
  void begin_drain() { draining_.store(true, std::memory_order_relaxed); }

  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view version) const override {
    return next_.find(name, version);
  }
  void infer(const std::shared_ptr<const ServedModel>& model, InferRequest request, InferCallback callback) override {
    next_.infer(model, std::move(request), std::move(callback));
  }
  std::vector<ModelState> index() const override { return next_.index(); }
  Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) const override {
    return next_.statistics(name, version);
  }

 private:
  InferenceService& next_;
  const ReadyPolicy policy_;
  std::atomic<bool> draining_{false};
  mutable std::atomic<bool> started_{false};
};

}  // namespace tandem::serve
