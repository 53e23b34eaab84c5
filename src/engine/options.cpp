// SPDX-License-Identifier: Apache-2.0
// Names of devices and graph optimization levels.
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

}  // namespace tandem
