// SPDX-License-Identifier: Apache-2.0
// The bounds of each key; docs/formats/model-config.md says what each means.
#include "pipeline/schedule_config.h"

#include <limits>

#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::int64_t kMaxInstances = 1024;
constexpr std::int64_t kMaxThreads = 1024;
constexpr std::size_t kMaxPreferred = 64;
constexpr std::int64_t kMaxDelayUs = 10'000'000;
constexpr std::int64_t kMaxTimeoutUs = 86'400'000'000;
constexpr std::int64_t kMaxLevels = 32;
constexpr std::int64_t kMaxQueued = 1'000'000;

Result<std::vector<std::int64_t>> read_preferred(const ConfigValue& value) {
  const auto items = TRY(value.list());
  if (items.empty() || items.size() > kMaxPreferred) return value.wrong("1 to 64 batch sizes");
  std::vector<std::int64_t> sizes;
  for (const ConfigValue& item : items) {
    sizes.push_back(TRY(item.integer(1, kMaxBatchSize)));
    if (sizes.size() > 1 && sizes.back() <= sizes[sizes.size() - 2]) return item.wrong("a larger size than before it");
  }
  return sizes;
}

Status read_queue(const ConfigMapping& mapping, ScheduleConfig& config) {
  if (const auto most = mapping.find("max_queued_requests")) {
    config.max_queued_requests = static_cast<std::size_t>(TRY(most->integer(1, kMaxQueued)));
  }
  if (const auto most = mapping.find("max_queued_bytes")) {
    config.max_queued_bytes =
        static_cast<std::uint64_t>(TRY(most->integer(1, std::numeric_limits<std::int64_t>::max())));
  }
  if (const auto timeout = mapping.find("default_timeout_us")) {
    config.default_timeout = std::chrono::microseconds(TRY(timeout->integer(1, kMaxTimeoutUs)));
  }
  return {};
}

Status read_priorities(const ConfigMapping& mapping, ScheduleConfig& config) {
  if (const auto levels = mapping.find("priority_levels")) {
    config.priority_levels = static_cast<std::uint32_t>(TRY(levels->integer(0, kMaxLevels)));
  }
  const auto standard = mapping.find("default_priority");
  if (!standard) return {};
  if (config.priority_levels == 0) return standard->wrong("priority_levels beside it, at least 1");
  config.default_priority = static_cast<std::uint32_t>(TRY(standard->integer(1, config.priority_levels)));
  return {};
}

}  // namespace

Result<ScheduleConfig> read_schedule_config(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(
      value, {"instances", "threads", "preferred_batch_sizes", "max_queue_delay_us", "priority_levels",
              "default_priority", "max_queued_requests", "max_queued_bytes", "default_timeout_us"}));
  ScheduleConfig config;
  if (const auto count = mapping.find("instances")) {
    config.instances = static_cast<int>(TRY(count->integer(1, kMaxInstances)));
  }
  if (const auto count = mapping.find("threads")) {
    config.threads = static_cast<int>(TRY(count->integer(1, kMaxThreads)));
  }
  if (const auto sizes = mapping.find("preferred_batch_sizes")) {
    config.preferred_batch_sizes = TRY(read_preferred(*sizes));
  }
  if (const auto delay = mapping.find("max_queue_delay_us")) {
    config.max_queue_delay = std::chrono::microseconds(TRY(delay->integer(0, kMaxDelayUs)));
  }
  TRY(read_priorities(mapping, config));
  TRY(read_queue(mapping, config));
  return config;
}

}  // namespace tandem
