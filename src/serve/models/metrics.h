// SPDX-License-Identifier: Apache-2.0
// The /metrics page: our histograms, Triton's nv_* names, and the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/process_stats.h"
#include "serve/models/model_recorder.h"

namespace tandem::serve {

/// What is not of one model.
struct ServerMetrics {
  ProcessStats process;
  std::optional<std::size_t> http_connections;
  std::uint64_t memory_total_bytes = 0;  // of the machine; 0: unknown
  std::uint64_t memory_available_bytes = 0;
  std::optional<double> cpu_utilization;  // of the machine, 0 to 1
};

/// Reads the process and /proc/meminfo; http_connections and cpu_utilization are left to the caller.
ServerMetrics read_server_metrics();

/// Prometheus text, see kPrometheusContentType. Every sample of a model has the labels model and version.
std::string metrics_text(std::span<const ModelMetrics> models, const ServerMetrics& server);

}  // namespace tandem::serve
