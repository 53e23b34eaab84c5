// SPDX-License-Identifier: Apache-2.0
// Look up, else ask and remember.
#include "serve/cache/caching_service.h"

#include <utility>

#include "pipeline/pipeline.h"

namespace tandem::serve {

bool CachingService::is_cached(const ServedModel& model) const {
  if (!model.pipeline) return options_.all_models;
  return model.pipeline->config().response_cache.value_or(options_.all_models);
}

void CachingService::infer(const std::shared_ptr<const ServedModel>& model, InferRequest request,
                           InferCallback callback) {
  if (!is_cached(*model)) return next_.infer(model, std::move(request), std::move(callback));
  const SteadyTime begin = clock_.now();
  const CacheKey key = cache_key(*model, request.inputs);
  if (auto outputs = cache_.find(model, key)) {
    cache_.count_hit(*model, key, clock_.now() - begin);
    InferResponse response;
    response.outputs = std::move(*outputs);
    return callback(std::move(response));
  }
  const std::chrono::nanoseconds looked = clock_.now() - begin;
  next_.infer(model, std::move(request),
              [this, model, key, looked, callback = std::move(callback)](Result<InferResponse> response) {
                const SteadyTime answered = clock_.now();
                if (response) cache_.insert(model, key, response->outputs);
                cache_.count_miss(*model, key, looked + (clock_.now() - answered));
                callback(std::move(response));
              });
}

void CachingService::add_hits_and_misses(std::span<ModelStatistics> models) const {
  const std::vector<CacheStatistics> cached = cache_.statistics();
  for (ModelStatistics& model : models) {
    for (const CacheStatistics& its : cached) {
      if (its.name != model.name || its.version != model.version) continue;
      model.cache_hit = its.hit;
      model.cache_miss = its.miss;
      model.success.count += its.hit.count;
      model.success.ns += its.hit.ns;
    }
  }
}

Result<std::vector<ModelStatistics>> CachingService::statistics(std::string_view name, std::string_view version) const {
  auto models = TRY(next_.statistics(name, version));
  add_hits_and_misses(models);
  return models;
}

}  // namespace tandem::serve
