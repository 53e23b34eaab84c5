// SPDX-License-Identifier: Apache-2.0
// What people write of GPUs.
#include "engine/gpu_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(SetDevice, TakesTheFreestGpuUnlessOneIsNumbered) {
  SessionOptions options;
  ASSERT_TRUE(set_device("cuda", options));
  EXPECT_EQ(options.device, Device::kCuda);
  EXPECT_EQ(options.device_id, kFreestGpu);
  ASSERT_TRUE(set_device("cuda:3", options));
  EXPECT_EQ(options.device_id, 3);
}

TEST(SetDevice, KnowsTensorRtAsAWayToUseAGpu) {
  SessionOptions options;
  ASSERT_TRUE(set_device("tensorrt:1", options));
  EXPECT_EQ(options.device, Device::kCuda);
  EXPECT_TRUE(options.gpu.tensorrt);
  ASSERT_TRUE(set_device("cpu", options));
  EXPECT_FALSE(options.gpu.tensorrt);
}

TEST(SetDevice, RefusesWhatIsNoDevice) {
  for (const char* text : {"", "gpu", "cpu:0", "auto:1", "cuda:", "cuda:-1", "cuda:64", "cuda:1x", "cuda:0:1"}) {
    SessionOptions options;
    const Status status = set_device(text, options);
    ASSERT_FALSE(status) << text;
    EXPECT_THAT(status.error().message, HasSubstr("cuda:1"));
  }
}

TEST(SetGpuOption, KnowsEverySetting) {
  GpuOptions options;
  for (const char* text :
       {"memory_limit_mb=4096", "arena=as_requested", "cudnn_search=heuristic", "tensorrt_cache=/x"}) {
    ASSERT_TRUE(set_gpu_option(text, options)) << text;
  }
  EXPECT_EQ(options.memory_limit_mb, 4096U);
  EXPECT_EQ(options.arena, GpuArena::kAsRequested);
  EXPECT_EQ(options.cudnn_search, CudnnSearch::kHeuristic);
  EXPECT_EQ(options.tensorrt_cache, "/x");
}

TEST(SetGpuOption, SaysWhichValuesThereAre) {
  GpuOptions options;
  EXPECT_THAT(set_gpu_option("arena=big", options).error().message, HasSubstr("powers_of_two or as_requested"));
  EXPECT_THAT(set_gpu_option("cudnn_search", options).error().message, HasSubstr("exhaustive, heuristic"));
  EXPECT_THAT(set_gpu_option("memory_limit_mb=-1", options).error().message, HasSubstr("megabytes"));
  EXPECT_THAT(set_gpu_option("memory=1", options).error().message, HasSubstr("there are memory_limit_mb"));
}

}  // namespace
}  // namespace tandem
