// SPDX-License-Identifier: Apache-2.0
// The words for GpuOptions, as command lines and configs write them.
#pragma once

#include <string_view>

#include "base/error.h"
#include "engine/options.h"

namespace tandem {

std::string_view gpu_arena_name(GpuArena arena);
std::string_view cudnn_search_name(CudnnSearch search);

/// "auto", "cpu", "cuda", "cuda:1", "tensorrt", "tensorrt:1" into device, device_id and gpu.tensorrt.
/// Errors: invalid_argument, with the words there are.
Status set_device(std::string_view text, SessionOptions& options);

/// "memory_limit_mb=4096", "arena=as_requested", "cudnn_search=heuristic", "tensorrt_cache=FOLDER".
/// Errors: invalid_argument, with the keys or values there are.
Status set_gpu_option(std::string_view text, GpuOptions& options);

}  // namespace tandem
