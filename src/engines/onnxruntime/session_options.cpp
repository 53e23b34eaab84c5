// SPDX-License-Identifier: Apache-2.0
// Chooses threads and device, and says why not.
#include "engines/onnxruntime/session_options.h"

#include <fmt/format.h>
#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include "base/cpu.h"
#include "base/log.h"
#include "engines/onnxruntime/gpu_providers.h"

namespace tandem::onnxruntime {
namespace {

GraphOptimizationLevel to_level(GraphOptimization level) {
  switch (level) {
    case GraphOptimization::kNone: return ORT_DISABLE_ALL;
    case GraphOptimization::kBasic: return ORT_ENABLE_BASIC;
    case GraphOptimization::kExtended: return ORT_ENABLE_EXTENDED;
    case GraphOptimization::kAll: return ORT_ENABLE_ALL;
  }
  return ORT_ENABLE_ALL;
}

/// gpu  which one it is then
Result<Device> choose_device(const Runtime& runtime, const SessionOptions& wanted, OrtSessionOptions& options,
                             int& gpu) {
  if (wanted.device == Device::kCpu) return Device::kCpu;
  const Result<int> appended = append_gpu(runtime, wanted, options);
  if (appended) {
    gpu = *appended;
    return Device::kCuda;
  }
  if (wanted.device == Device::kCuda) return fail(appended.error());
  log::debug("device auto is the CPU", {{"reason", appended.error().message}});
  return Device::kCpu;
}

Status check_numbers(const SessionOptions& wanted) {
  TRY(check_count("threads", wanted.threads, 0));
  return check_count("device_id", wanted.device_id, kFreestGpu);
}

}  // namespace

std::string ChosenOptions::describe(const SessionOptions& wanted) const {
  const std::string where = device == Device::kCuda ? describe_gpu(wanted, gpu) : "cpu";
  return fmt::format("{}, {} thread{}, graph optimization {}", where, threads, threads == 1 ? "" : "s",
                     graph_optimization_name(wanted.graph_optimization));
}

Result<ChosenOptions> choose_options(const Runtime& runtime, const SessionOptions& wanted) {
  TRY(check_numbers(wanted));
  if (!wanted.gpu.tensorrt) TRY(check_computes_fp32(wanted, "onnxruntime"));
  const OrtApi& api = runtime.api();
  OrtSessionOptions* raw = nullptr;
  TRY(check(api, api.CreateSessionOptions(&raw)));
  ChosenOptions chosen;
  chosen.options = Handle<OrtSessionOptions>(raw, api.ReleaseSessionOptions);
  chosen.threads = wanted.threads == 0 ? cpu_budget().cores : wanted.threads;
  TRY(check(api, api.SetIntraOpNumThreads(raw, chosen.threads)));
  TRY(check(api, api.SetInterOpNumThreads(raw, 1)));
  TRY(check(api, api.SetSessionExecutionMode(raw, ORT_SEQUENTIAL)));
  TRY(check(api, api.SetSessionGraphOptimizationLevel(raw, to_level(wanted.graph_optimization))));
  TRY(check(api,
            api.AddSessionConfigEntry(raw, kOrtSessionOptionsConfigAllowIntraOpSpinning, wanted.spin ? "1" : "0")));
  chosen.device = TRY(choose_device(runtime, wanted, *raw, chosen.gpu));
  return chosen;
}

}  // namespace tandem::onnxruntime
