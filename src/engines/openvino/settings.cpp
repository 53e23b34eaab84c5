// SPDX-License-Identifier: Apache-2.0
// Refuses what OpenVINO would do badly without a word: it takes bf16 on processors that have no bf16, up to 65 times
// slower.
#include "engines/openvino/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tandem::openvino {
namespace {

Status check_precision(ComputePrecision precision, const DeviceFacts& device) {
  if (precision == ComputePrecision::kFloat32) return {};
  const std::string_view needed = precision == ComputePrecision::kBfloat16 ? "BF16" : "FP16";
  if (std::ranges::find(device.capabilities, needed) != device.capabilities.end()) return {};
  return fail(
      Code::kFailedPrecondition,
      fmt::format("precision {}: this processor has no instructions for it (OpenVINO names {}), and emulated it is "
                  "many times slower than fp32. Use fp32",
                  compute_precision_name(precision), fmt::join(device.capabilities, " ")));
}

}  // namespace

Result<Settings> choose_settings(const SessionOptions& wanted, const DeviceFacts& device) {
  if (wanted.device == Device::kCuda) {
    return fail(
        Code::kFailedPrecondition,
        "device cuda cannot be used: OpenVINO knows no NVIDIA GPUs. Use device cpu or auto, or engine onnxruntime");
  }
  TRY(check_count("threads", wanted.threads, 0));
  TRY(check_count("instances", wanted.instances, 1));
  TRY(check_count("device_id", wanted.device_id, kFreestGpu));
  TRY(check_precision(wanted.precision, device));
  Settings settings;
  settings.threads = wanted.threads == 0 ? device.cores : wanted.threads;
  settings.streams = wanted.instances;
  settings.precision = wanted.precision;
  return settings;
}

}  // namespace tandem::openvino
