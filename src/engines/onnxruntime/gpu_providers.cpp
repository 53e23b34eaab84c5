// SPDX-License-Identifier: Apache-2.0
// Sources of the keys: ONNX Runtime's pages "CUDA Execution Provider" and "TensorRT Execution Provider".
#include "engines/onnxruntime/gpu_providers.h"

#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <filesystem>

#include "base/gpus.h"

namespace tandem::onnxruntime {
namespace {

constexpr std::uint64_t kBytesPerMegabyte = 1'000'000;

std::string_view search_word(CudnnSearch search) {
  switch (search) {
    case CudnnSearch::kExhaustive: return "EXHAUSTIVE";
    case CudnnSearch::kHeuristic: return "HEURISTIC";
    case CudnnSearch::kDefault: return "DEFAULT";
  }
  return "EXHAUSTIVE";
}

tl::unexpected<Error> unusable(const SessionOptions& wanted, std::string_view reason) {
  return fail(Code::kFailedPrecondition, fmt::format("device {} cannot be used: {}. Use device cpu or auto",
                                                     wanted.gpu.tensorrt ? "tensorrt" : "cuda", reason));
}

Status check_provider(const Runtime& runtime, const SessionOptions& wanted, std::string_view name) {
  if (runtime.has_provider(fmt::format("{}ExecutionProvider", name))) return {};
  return unusable(wanted, fmt::format("this ONNX Runtime ({}) was built without {}; set TANDEM_ONNXRUNTIME to the "
                                      "library of the PyPI package onnxruntime-gpu",
                                      runtime.version(), name));
}

struct CStrings {
  std::vector<const char*> keys;
  std::vector<const char*> values;
};

CStrings c_strings(const ProviderSettings& settings) {
  CStrings strings;
  for (const auto& [key, value] : settings) {
    strings.keys.push_back(key.c_str());
    strings.values.push_back(value.c_str());
  }
  return strings;
}

Status append_cuda(const OrtApi& api, const ProviderSettings& settings, OrtSessionOptions& options) {
  OrtCUDAProviderOptionsV2* cuda = nullptr;
  TRY(check(api, api.CreateCUDAProviderOptions(&cuda)));
  const Handle<OrtCUDAProviderOptionsV2> held(cuda, api.ReleaseCUDAProviderOptions);
  const CStrings strings = c_strings(settings);
  TRY(check(api, api.UpdateCUDAProviderOptions(cuda, strings.keys.data(), strings.values.data(), settings.size())));
  return check(api, api.SessionOptionsAppendExecutionProvider_CUDA_V2(&options, cuda));
}

Status append_tensorrt(const OrtApi& api, const ProviderSettings& settings, OrtSessionOptions& options) {
  OrtTensorRTProviderOptionsV2* tensorrt = nullptr;
  TRY(check(api, api.CreateTensorRTProviderOptions(&tensorrt)));
  const Handle<OrtTensorRTProviderOptionsV2> held(tensorrt, api.ReleaseTensorRTProviderOptions);
  const CStrings strings = c_strings(settings);
  TRY(check(api,
            api.UpdateTensorRTProviderOptions(tensorrt, strings.keys.data(), strings.values.data(), settings.size())));
  return check(api, api.SessionOptionsAppendExecutionProvider_TensorRT_V2(&options, tensorrt));
}

std::filesystem::path tensorrt_cache(const SessionOptions& wanted) {
  if (!wanted.gpu.tensorrt_cache.empty()) return wanted.gpu.tensorrt_cache;
  return wanted.optimized_model_cache.empty() ? "" : wanted.optimized_model_cache / "tensorrt";
}

}  // namespace

ProviderSettings cuda_settings(const SessionOptions& wanted, int gpu) {
  ProviderSettings settings = {
      {"device_id", std::to_string(gpu)},
      {"arena_extend_strategy", wanted.gpu.arena == GpuArena::kPowersOfTwo ? "kNextPowerOfTwo" : "kSameAsRequested"},
      {"cudnn_conv_algo_search", std::string(search_word(wanted.gpu.cudnn_search))},
  };
  if (wanted.gpu.memory_limit_mb > 0) {
    settings.emplace_back("gpu_mem_limit", std::to_string(wanted.gpu.memory_limit_mb * kBytesPerMegabyte));
  }
  return settings;
}

ProviderSettings tensorrt_settings(const SessionOptions& wanted, int gpu) {
  ProviderSettings settings = {{"device_id", std::to_string(gpu)}};
  if (wanted.precision == ComputePrecision::kFloat16) settings.emplace_back("trt_fp16_enable", "1");
  if (wanted.precision == ComputePrecision::kBfloat16) settings.emplace_back("trt_bf16_enable", "1");
  if (wanted.gpu.memory_limit_mb > 0) {
    settings.emplace_back("trt_max_workspace_size", std::to_string(wanted.gpu.memory_limit_mb * kBytesPerMegabyte));
  }
  if (const std::filesystem::path cache = tensorrt_cache(wanted); !cache.empty()) {
    settings.emplace_back("trt_engine_cache_enable", "1");
    settings.emplace_back("trt_engine_cache_path", cache.string());
    settings.emplace_back("trt_timing_cache_enable", "1");
    settings.emplace_back("trt_timing_cache_path", cache.string());
  }
  return settings;
}

std::string describe_gpu(const SessionOptions& wanted, int gpu) {
  if (!wanted.gpu.tensorrt) return fmt::format("cuda {}", gpu);
  return fmt::format("tensorrt {} in {}", gpu, compute_precision_name(wanted.precision));
}

Result<int> append_gpu(const Runtime& runtime, const SessionOptions& wanted, OrtSessionOptions& options) {
  TRY(check_provider(runtime, wanted, "CUDA"));
  if (wanted.gpu.tensorrt) TRY(check_provider(runtime, wanted, "Tensorrt"));
  const std::vector<Gpu> gpus = usable_gpus();
  if (gpus.empty()) {
    return unusable(wanted,
                    "this process can use no NVIDIA GPU: there is none, its driver is not loaded "
                    "(/proc/driver/nvidia), or CUDA_VISIBLE_DEVICES names none");
  }
  const auto chosen = choose_gpu(gpus, wanted.device_id);
  if (!chosen) return unusable(wanted, chosen.error().message);
  const int gpu = static_cast<int>(*chosen);
  // The first one that takes an operator runs it.
  if (wanted.gpu.tensorrt) {
    const Status appended = append_tensorrt(runtime.api(), tensorrt_settings(wanted, gpu), options);
    if (!appended) return unusable(wanted, appended.error().message);
  }
  const Status appended = append_cuda(runtime.api(), cuda_settings(wanted, gpu), options);
  if (!appended) return unusable(wanted, appended.error().message);
  return gpu;
}

}  // namespace tandem::onnxruntime
