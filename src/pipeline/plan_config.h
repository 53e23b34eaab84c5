// SPDX-License-Identifier: Apache-2.0
// PlanConfig: the section `plan` of a model's config: how the model is to be run, and what that was measured to beat.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

struct ConfigValue;  // pipeline/config_reader.h

/// Something that the plan was measured against in turns.
struct PlanRival {
  std::string name;  // "openvino as it is"
  double ratio = 1;  // its time for the same work / the plan's
  double low = 1;    // the 95 % interval
  double high = 1;
};

/// Without which a plan is somebody's word.
struct PlanEvidence {
  std::string model_sha256;    // of the file that the config belongs to
  std::string variant_sha256;  // of PlanConfig::variant; "": there is none
  std::string engine_version;
  std::string machine;  // as machine_fingerprint() says it
  std::string date;     // "2026-11-21"
  std::optional<double> items_per_second;
  std::optional<double> p50_ms;  // of one run
  std::optional<double> p95_ms;
  std::optional<std::uint64_t> memory_bytes;
  std::string accuracy;  // "accuracy 0.972 of 200 (the original 0.975)"; "": not asked for
  std::vector<PlanRival> beat;
};

struct PlanConfig {
  std::string goal = "throughput";  // or "latency"
  std::string engine;               // required
  std::string variant;              // the name of an optimized model beside this one; "": this one
  std::string precision = "fp32";   // that it is computed in: fp32, bf16 or fp16
  std::string graph_optimization = "all";
  int threads = 1;
  int instances = 1;
  std::int64_t batch = 1;                // rows of one run
  std::optional<PlanEvidence> evidence;  // absent: the plan was written by hand
};

/// Errors: invalid_argument with the key's path.
Result<PlanConfig> read_plan_config(const ConfigValue& value);

/// "openvino 2x1, batch 8": what runs, short enough for a table.
std::string plan_name(const PlanConfig& plan);

}  // namespace tandem
