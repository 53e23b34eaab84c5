// SPDX-License-Identifier: Apache-2.0
// stages.preprocess.workers and stages.postprocess.workers.
#include "pipeline/stage_config.h"

#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::int64_t kMaxWorkers = 256;

Status read_workers(const ConfigMapping& stages, std::string_view name, std::optional<std::size_t>& workers) {
  const auto stage = stages.find(name);
  if (!stage) return {};
  const ConfigMapping mapping = TRY(ConfigMapping::open(*stage, {"workers"}));
  const ConfigValue value = TRY(mapping.required("workers"));
  workers = static_cast<std::size_t>(TRY(value.integer(1, kMaxWorkers)));
  return {};
}

}  // namespace

Result<StageConfig> read_stage_config(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"preprocess", "postprocess"}));
  StageConfig config;
  TRY(read_workers(mapping, "preprocess", config.preprocess_workers));
  TRY(read_workers(mapping, "postprocess", config.postprocess_workers));
  return config;
}

}  // namespace tandem
