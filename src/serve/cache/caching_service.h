// SPDX-License-Identifier: Apache-2.0
// CachingService: an InferenceService that answers from a ResponseCache what it has been asked before.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "serve/cache/response_cache.h"
#include "serve/inference_service.h"

namespace tandem::serve {

struct CacheOptions {
  std::uint64_t limit_bytes = std::uint64_t{64} << 20;
  bool all_models = false;  // those whose config says nothing, too; {enable: false} always counts
};

/// `next` and `clock` outlive it and every answer that is out.
class CachingService final : public InferenceService {
 public:
  CachingService(InferenceService& next, const CacheOptions& options, const Clock& clock)
      : next_(next), options_(options), clock_(clock), cache_(options.limit_bytes) {}

  bool live() const override { return next_.live(); }
  bool ready() const override { return next_.ready(); }
  std::string unready_reason() const override { return next_.unready_reason(); }
  Result<std::shared_ptr<const ServedModel>> find(std::string_view name, std::string_view version) const override {
    return next_.find(name, version);
  }
  std::vector<ModelState> index() const override { return next_.index(); }

  /// A hit is answered at once, on the calling thread.
  void infer(const std::shared_ptr<const ServedModel>& model, InferRequest request, InferCallback callback) override;

  /// Those of `next` with hits and misses; a hit is a success, but no inference and no execution.
  Result<std::vector<ModelStatistics>> statistics(std::string_view name, std::string_view version) const override;
  void add_hits_and_misses(std::span<ModelStatistics> models) const;

  const ResponseCache& cache() const { return cache_; }

 private:
  bool is_cached(const ServedModel& model) const;

  InferenceService& next_;
  const CacheOptions options_;
  const Clock& clock_;
  ResponseCache cache_;
};

}  // namespace tandem::serve
