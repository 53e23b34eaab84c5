// SPDX-License-Identifier: Apache-2.0
// Any text as a rollout config: no crash, and what was accepted can be acted upon.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/rollout_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto shadow = tandem::parse_shadow(text); shadow && !(shadow->share > 0 && shadow->share <= 1))
    std::abort();
  const auto config = tandem::parse_rollout_config(text);
  if (!config) return 0;
  if (config->latest < 1) std::abort();
  std::uint64_t sum = config->weights.empty() ? 1 : 0;
  for (const tandem::VersionWeight& weight : config->weights) sum += weight.weight;
  if (sum == 0) std::abort();
  if (config->shadow && config->shadow->version.empty() && config->shadow->engine.empty()) std::abort();
  return 0;
}
