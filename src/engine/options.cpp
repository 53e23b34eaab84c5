// SPDX-License-Identifier: Apache-2.0
// Names of devices, graph optimization levels and precisions.
#include "engine/options.h"

#include <fmt/format.h>

namespace tandem {

std::string_view device_name(Device device) {
  switch (device) {
    case Device::kAuto: return "auto";
    case Device::kCpu: return "cpu";
    case Device::kCuda: return "cuda";
  }
  return "auto";
}

Result<Device> parse_device(std::string_view name) {
  for (const Device device : {Device::kAuto, Device::kCpu, Device::kCuda}) {
    if (device_name(device) == name) return device;
  }
  return invalid_argument(fmt::format("unknown device '{}': expected auto, cpu or cuda", name));
}

std::string_view graph_optimization_name(GraphOptimization level) {
  switch (level) {
    case GraphOptimization::kNone: return "none";
    case GraphOptimization::kBasic: return "basic";
    case GraphOptimization::kExtended: return "extended";
    case GraphOptimization::kAll: return "all";
  }
  return "all";
}

Result<GraphOptimization> parse_graph_optimization(std::string_view name) {
  for (const GraphOptimization level :
       {GraphOptimization::kNone, GraphOptimization::kBasic, GraphOptimization::kExtended, GraphOptimization::kAll}) {
    if (graph_optimization_name(level) == name) return level;
  }
  return invalid_argument(fmt::format("unknown graph optimization '{}': expected none, basic, extended or all", name));
}

std::string_view compute_precision_name(ComputePrecision precision) {
  switch (precision) {
    case ComputePrecision::kFloat32: return "fp32";
    case ComputePrecision::kBfloat16: return "bf16";
    case ComputePrecision::kFloat16: return "fp16";
  }
  return "fp32";
}

Result<ComputePrecision> parse_compute_precision(std::string_view name) {
  for (const ComputePrecision precision :
       {ComputePrecision::kFloat32, ComputePrecision::kBfloat16, ComputePrecision::kFloat16}) {
    if (compute_precision_name(precision) == name) return precision;
  }
  return invalid_argument(fmt::format("unknown precision '{}': expected fp32, bf16 or fp16", name));
}

Status check_count(std::string_view what, int value, int least) {
  constexpr int kMost = 1024;
  if (value >= least && value <= kMost) return {};
  return invalid_argument(fmt::format("{}: expected {} to {}, got {}", what, least, kMost, value));
}

Status check_computes_fp32(const SessionOptions& wanted, std::string_view engine) {
  if (wanted.precision == ComputePrecision::kFloat32) return {};
  return fail(
      Code::kFailedPrecondition,
      fmt::format("precision {}: the engine {} computes in the types that the model has. Use the engine openvino, the "
                  "device tensorrt, or a model whose weights are of that type (tandem optimize)",
                  compute_precision_name(wanted.precision), engine));
}

}  // namespace tandem
