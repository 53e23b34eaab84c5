// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime's providers for NVIDIA GPUs, CUDA and TensorRT: our GpuOptions in their words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/options.h"
#include "engines/onnxruntime/runtime.h"

struct OrtSessionOptions;

namespace tandem::onnxruntime {

/// A provider's keys and values, as ONNX Runtime documents them.
using ProviderSettings = std::vector<std::pair<std::string, std::string>>;

/// gpu  its number
ProviderSettings cuda_settings(const SessionOptions& wanted, int gpu);
ProviderSettings tensorrt_settings(const SessionOptions& wanted, int gpu);

/// "cuda 1", "tensorrt 0 in fp16"
std::string describe_gpu(const SessionOptions& wanted, int gpu);

/// Adds CUDA, and TensorRT before it where that is wanted. Returns the number of the GPU that was chosen.
/// Errors: failed_precondition, with what is missing.
Result<int> append_gpu(const Runtime& runtime, const SessionOptions& wanted, OrtSessionOptions& options);

}  // namespace tandem::onnxruntime
