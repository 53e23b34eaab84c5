// SPDX-License-Identifier: Apache-2.0
// SessionOptions: how a model is to be loaded, in words that hold for every engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/input_hint.h"

namespace tandem {

enum class Device {
  kAuto,  // the best accelerator the engine can use here, else the CPU
  kCpu,
  kCuda,  // fails with failed_precondition, and the reason, where it cannot be used
};
std::string_view device_name(Device device);
/// "auto", "cpu" or "cuda". Errors: invalid_argument.
Result<Device> parse_device(std::string_view name);

/// How much the engine may rewrite the graph before running it; the levels are those of ONNX Runtime.
enum class GraphOptimization { kNone, kBasic, kExtended, kAll };
std::string_view graph_optimization_name(GraphOptimization level);
/// "none", "basic", "extended" or "all". Errors: invalid_argument.
Result<GraphOptimization> parse_graph_optimization(std::string_view name);

/// What an engine computes the operators of a float32 model in. Fewer bits are quicker where the processor has
/// instructions for them, and cost accuracy.
enum class ComputePrecision { kFloat32, kBfloat16, kFloat16 };
std::string_view compute_precision_name(ComputePrecision precision);
/// "fp32", "bf16" or "fp16". Errors: invalid_argument.
Result<ComputePrecision> parse_compute_precision(std::string_view name);

/// Which of several GPUs: the one that has the most memory free when the model is loaded.
inline constexpr int kFreestGpu = -1;

/// How a GPU's memory is asked for when there is not enough: in steps that double, or just what is needed.
enum class GpuArena { kPowersOfTwo, kAsRequested };
/// How the kernel of a convolution is found: tried out at the first run of each shape, by rules, or the library's own.
enum class CudnnSearch { kExhaustive, kHeuristic, kDefault };

/// For engines that run on NVIDIA GPUs.
struct GpuOptions {
  std::uint64_t memory_limit_mb = 0;  // of one session; 0: no limit
  GpuArena arena = GpuArena::kPowersOfTwo;
  CudnnSearch cudnn_search = CudnnSearch::kExhaustive;
  bool tensorrt = false;  // compiled by TensorRT as far as it knows the operators; the rest runs by CUDA
  /// A folder for what TensorRT compiled, which takes minutes; empty: a part of optimized_model_cache, if there is one.
  std::filesystem::path tensorrt_cache;
};

struct SessionOptions {
  Device device = Device::kAuto;
  int device_id = kFreestGpu;
  GpuOptions gpu;
  int threads = 0;  // threads that one run() may use; 0: the cores of the CPU budget (base/cpu.h)
  /// Copies of the model that run side by side, in engines where one copy runs one call at a time.
  int instances = 1;
  /// An engine that cannot compute so fails with failed_precondition; none does it slowly without a word.
  ComputePrecision precision = ComputePrecision::kFloat32;
  /// Whether files may be loaded that run the code in them (pickles), in engines that load such.
  bool allow_pickle = false;
  bool spin = false;  // idle engine threads burn CPU to answer sooner
  GraphOptimization graph_optimization = GraphOptimization::kAll;
  /// A folder for optimized models, created when missing; empty: no cache. An entry is used only for the same model
  /// bytes, engine version, level and machine.
  std::filesystem::path optimized_model_cache;
  /// For engines whose files do not say what their inputs are.
  std::vector<InputHint> inputs;
};

/// Of threads, instances, devices. Errors: invalid_argument "{what}: expected {least} to 1024, got {value}"
Status check_count(std::string_view what, int value, int least);

/// For engines that compute in the types that a model has. Errors: failed_precondition (another precision than fp32)
Status check_computes_fp32(const SessionOptions& wanted, std::string_view engine);

}  // namespace tandem
