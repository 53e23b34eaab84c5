// SPDX-License-Identifier: Apache-2.0
// What the providers are told; that they do it, only a machine with a GPU shows.
#include "engines/onnxruntime/gpu_providers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::onnxruntime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Key;
using testing::Not;
using testing::Pair;

TEST(CudaSettings, AreOnnxRuntimesDefaultsWhenNothingIsWanted) {
  EXPECT_THAT(cuda_settings({}, 2),
              ElementsAre(Pair("device_id", "2"), Pair("arena_extend_strategy", "kNextPowerOfTwo"),
                          Pair("cudnn_conv_algo_search", "EXHAUSTIVE")));
}

TEST(CudaSettings, CarryWhatIsWanted) {
  SessionOptions wanted;
  wanted.gpu.memory_limit_mb = 4096;
  wanted.gpu.arena = GpuArena::kAsRequested;
  wanted.gpu.cudnn_search = CudnnSearch::kHeuristic;
  const ProviderSettings settings = cuda_settings(wanted, 0);
  EXPECT_THAT(settings, Contains(Pair("gpu_mem_limit", "4096000000")));
  EXPECT_THAT(settings, Contains(Pair("arena_extend_strategy", "kSameAsRequested")));
  EXPECT_THAT(settings, Contains(Pair("cudnn_conv_algo_search", "HEURISTIC")));
}

TEST(TensorRtSettings, AreOnlyTheDeviceWhenNothingIsWanted) {
  EXPECT_THAT(tensorrt_settings({}, 1), ElementsAre(Pair("device_id", "1")));
}

TEST(TensorRtSettings, CarryThePrecision) {
  SessionOptions wanted;
  wanted.precision = ComputePrecision::kFloat16;
  EXPECT_THAT(tensorrt_settings(wanted, 0), Contains(Pair("trt_fp16_enable", "1")));
  wanted.precision = ComputePrecision::kBfloat16;
  EXPECT_THAT(tensorrt_settings(wanted, 0), Contains(Pair("trt_bf16_enable", "1")));
  EXPECT_THAT(tensorrt_settings(wanted, 0), Not(Contains(Key("trt_fp16_enable"))));
}

TEST(TensorRtSettings, KeepWhatWasCompiledInAFolderOfItsOwnOrInTheCacheOfModels) {
  SessionOptions wanted;
  wanted.optimized_model_cache = "/cache";
  EXPECT_THAT(tensorrt_settings(wanted, 0), Contains(Pair("trt_engine_cache_path", "/cache/tensorrt")));
  wanted.gpu.tensorrt_cache = "/engines";
  EXPECT_THAT(tensorrt_settings(wanted, 0), Contains(Pair("trt_engine_cache_path", "/engines")));
  EXPECT_THAT(tensorrt_settings(wanted, 0), Contains(Pair("trt_engine_cache_enable", "1")));
}

TEST(DescribeGpu, NamesTheProviderAndThePrecision) {
  SessionOptions wanted;
  EXPECT_EQ(describe_gpu(wanted, 1), "cuda 1");
  wanted.gpu.tensorrt = true;
  wanted.precision = ComputePrecision::kFloat16;
  EXPECT_EQ(describe_gpu(wanted, 0), "tensorrt 0 in fp16");
}

}  // namespace
}  // namespace tandem::onnxruntime
