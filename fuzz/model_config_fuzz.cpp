// SPDX-License-Identifier: Apache-2.0
// Any text as a model config: no crash, and what was accepted is within the documented ranges.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/model_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = tandem::parse_model_config(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!config) return 0;
  if (config->task.empty()) std::abort();
  if (config->caption) {
    const auto words = static_cast<std::int64_t>(config->caption->words.size());
    for (const std::int64_t id : {config->caption->start, config->caption->end}) {
      if (id < 0 || id >= words) std::abort();
    }
    if (config->caption->step.find('/') != std::string::npos || config->caption->max_words < 1) std::abort();
  }
  for (const auto& input : config->inputs) {
    if (!input.image) continue;
    if (input.image->width < 1 || input.image->width > tandem::kMaxInputSide) std::abort();
    for (const float value : input.image->std) {
      if (value == 0) std::abort();
    }
  }
  return 0;
}
