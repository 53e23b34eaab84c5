// SPDX-License-Identifier: Apache-2.0
// Prometheus text, family by family.
#include "serve/server/operations_metrics.h"

#include "serve/models/prometheus_text.h"

namespace tandem::serve {
namespace {

void single(PrometheusText& text, std::string_view name, std::string_view kind, std::string_view help,
            std::uint64_t value) {
  text.family(name, kind, help);
  text.number({}, value);
}

template <typename Value>
void per_model(PrometheusText& text, std::string_view name, std::string_view help,
               const std::vector<CacheStatistics>& models, Value value) {
  text.family(name, "counter", help);
  for (const CacheStatistics& model : models) {
    text.number({{"model", model.name}, {"version", model.version}}, std::uint64_t{value(model)});
  }
}

void write_cache(PrometheusText& text, const ResponseCache& cache) {
  const std::vector<CacheStatistics> models = cache.statistics();
  per_model(text, "nv_cache_num_hits_per_model", "Answers that were remembered.", models,
            [](const CacheStatistics& model) { return model.hit.count; });
  per_model(text, "nv_cache_num_misses_per_model", "Answers that had to be computed.", models,
            [](const CacheStatistics& model) { return model.miss.count; });
  per_model(text, "nv_cache_hit_duration_per_model", "Cumulative look-up of hits in microseconds.", models,
            [](const CacheStatistics& model) { return model.hit.ns / 1000; });
  per_model(text, "nv_cache_miss_duration_per_model", "Cumulative look-up and insertion of misses in microseconds.",
            models, [](const CacheStatistics& model) { return model.miss.ns / 1000; });
  const CacheState state = cache.state();
  single(text, "tandem_response_cache_bytes", "gauge", "Memory of the remembered answers.", state.bytes);
  single(text, "tandem_response_cache_entries", "gauge", "Remembered answers.", state.entries);
  single(text, "tandem_response_cache_evictions_total", "counter", "Answers forgotten to make room.", state.evictions);
}

}  // namespace

std::string operations_metrics(const Operations& operations, bool ready, const std::string& version) {
  PrometheusText text;
  single(text, "tandem_ready", "gauge", "1 when the server is ready, as its probe says.", ready ? 1 : 0);
  text.family("tandem_build_info", "gauge", "1; the version is a label.");
  text.number({{"version", version}}, std::uint64_t{1});
  if (operations.cache != nullptr) write_cache(text, operations.cache->cache());
  if (operations.access_log != nullptr) {
    single(text, "tandem_access_log_dropped_total", "counter", "Lines of the access log that were not written.",
           operations.access_log->dropped());
  }
  if (operations.spans != nullptr) {
    single(text, "tandem_traces_exported_total", "counter", "Requests whose spans a collector has taken.",
           operations.spans->exported());
    single(text, "tandem_traces_dropped_total", "counter", "Sampled requests whose spans were lost.",
           operations.spans->dropped());
  }
  return std::move(text).take();
}

}  // namespace tandem::serve
