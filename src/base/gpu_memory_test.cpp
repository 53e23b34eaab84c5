// SPDX-License-Identifier: Apache-2.0
// Tests with a stand-in for the driver's library (tests/support/nvml_stand_in.cpp): two GPUs, 3 and 4 GB in use.
#include "base/gpu_memory.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(GpuMemory, IsTheSumOverAllGpus) {
  const auto memory = GpuMemory::open(TANDEM_NVML_STAND_IN);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->bytes_in_use(), 7'000'000'000U);
}

TEST(GpuMemory, IsFreeByUuid) {
  const auto memory = GpuMemory::open(TANDEM_NVML_STAND_IN);
  EXPECT_EQ(memory->free_bytes("GPU-1"), 4'000'000'000U);
  EXPECT_FALSE(memory->free_bytes("GPU-7"));
}

TEST(GpuMemory, IsUnknownWithoutADriver) { EXPECT_FALSE(GpuMemory::open("no-such-library.so")); }

TEST(GpuMemory, IsUnknownFromALibraryWithoutTheFunctions) { EXPECT_FALSE(GpuMemory::open("libc.so.6")); }

}  // namespace
}  // namespace tandem
