// SPDX-License-Identifier: Apache-2.0
// Against a made-up /proc/driver/nvidia.
#include "engines/onnxruntime/gpus.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace tandem::onnxruntime {
namespace {

TEST(NvidiaGpus, NoneWithoutDriver) { EXPECT_TRUE(nvidia_gpus("/nonexistent").empty()); }

TEST(NvidiaGpus, ReadsTheModelOfEveryCard) {
  const TempDir driver;
  for (const char* card : {"0000:1b:00.0", "0000:43:00.0"}) {
    std::filesystem::create_directories(driver.path() / "gpus" / card);
    std::ofstream(driver.path() / "gpus" / card / "information") << "Model: \t\t NVIDIA H200\nIRQ: 1\n";
  }
  std::filesystem::create_directories(driver.path() / "gpus" / "0000:99:00.0");
  EXPECT_EQ(nvidia_gpus(driver.path()), (std::vector<std::string>{"NVIDIA H200", "NVIDIA H200", "NVIDIA GPU"}));
}

}  // namespace
}  // namespace tandem::onnxruntime
