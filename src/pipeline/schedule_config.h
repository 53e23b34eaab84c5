// SPDX-License-Identifier: Apache-2.0
// ScheduleConfig: the section `schedule` of a model's config: how its requests queue and on how many cores they run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"

namespace tandem {

struct ConfigValue;  // pipeline/config_reader.h

/// Of any batch that a config may ask for.
inline constexpr std::int64_t kMaxBatchSize = 65536;

/// What is absent is chosen: by measurement at load (instances, threads), or as docs/scheduling.md says.
struct ScheduleConfig {
  int instances = 0;                                // runs at the same time; 0: measured
  int threads = 0;                                  // of one run; 0: measured
  std::vector<std::int64_t> preferred_batch_sizes;  // ascending; empty: by the measured curve
  std::chrono::microseconds max_queue_delay{0};     // 0: a request never waits for others
  std::uint32_t priority_levels = 0;                // 0: priorities are ignored
  std::uint32_t default_priority = 0;               // 0: the middle level
  std::optional<std::size_t> max_queued_requests;
  std::optional<std::uint64_t> max_queued_bytes;
  std::optional<std::chrono::microseconds> default_timeout;  // of requests without one
};

/// Errors: invalid_argument with the key's path.
Result<ScheduleConfig> read_schedule_config(const ConfigValue& value);

}  // namespace tandem
