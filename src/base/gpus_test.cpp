// SPDX-License-Identifier: Apache-2.0
// Against a made-up /proc/driver/nvidia; choices among made-up GPUs.
#include "base/gpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Gpu> three_gpus() {
  return {{"NVIDIA A", "0000:1b:00.0", "GPU-aa11", 10},
          {"NVIDIA B", "0000:43:00.0", "GPU-bb22", 30},
          {"NVIDIA C", "0000:99:00.0", "GPU-cc33", 30}};
}

std::vector<std::string> models(const std::vector<Gpu>& gpus) {
  std::vector<std::string> models;
  for (const Gpu& gpu : gpus) models.push_back(gpu.model);
  return models;
}

TEST(InstalledGpus, NoneWithoutDriver) { EXPECT_TRUE(installed_gpus("/nonexistent").empty()); }

TEST(InstalledGpus, AreReadInTheOrderOfTheBus) {
  const TempDir driver;
  for (const char* card : {"0000:43:00.0", "0000:1b:00.0"}) {
    std::filesystem::create_directories(driver.path() / "gpus" / card);
    std::ofstream(driver.path() / "gpus" / card / "information")
        << "Model: \t\t NVIDIA H200\nIRQ: 1\nGPU UUID: \t GPU-" << card << "\n";
  }
  std::filesystem::create_directories(driver.path() / "gpus" / "0000:99:00.0");
  const auto gpus = installed_gpus(driver.path());
  EXPECT_THAT(models(gpus), ElementsAre("NVIDIA H200", "NVIDIA H200", "NVIDIA GPU"));
  EXPECT_EQ(gpus[0].bus, "0000:1b:00.0");
  EXPECT_EQ(gpus[0].uuid, "GPU-0000:1b:00.0");
  EXPECT_FALSE(gpus[0].free_bytes);
}

TEST(VisibleGpus, AreAllWhenNothingIsSaid) { EXPECT_EQ(visible_gpus(three_gpus(), nullptr).size(), 3U); }

TEST(VisibleGpus, AreThoseThatAreNamedInTheirOrder) {
  EXPECT_THAT(models(visible_gpus(three_gpus(), "2,0")), ElementsAre("NVIDIA C", "NVIDIA A"));
  EXPECT_THAT(models(visible_gpus(three_gpus(), "GPU-bb")), ElementsAre("NVIDIA B"));
}

TEST(VisibleGpus, EndAtTheFirstThatIsNone) {
  EXPECT_THAT(models(visible_gpus(three_gpus(), "1,9,0")), ElementsAre("NVIDIA B"));
  EXPECT_TRUE(visible_gpus(three_gpus(), "").empty());
  EXPECT_TRUE(visible_gpus(three_gpus(), "-1").empty());
  EXPECT_TRUE(visible_gpus(three_gpus(), "MIG-aa").empty());
}

TEST(ChooseGpu, TakesTheOneWithTheMostMemoryFree) {
  EXPECT_EQ(*choose_gpu(three_gpus(), -1), 1U);
  std::vector<Gpu> unknown = three_gpus();
  for (Gpu& gpu : unknown) gpu.free_bytes.reset();
  EXPECT_EQ(*choose_gpu(unknown, -1), 0U);
}

TEST(ChooseGpu, TakesTheOneThatIsNumbered) {
  EXPECT_EQ(*choose_gpu(three_gpus(), 2), 2U);
  EXPECT_THAT(choose_gpu(three_gpus(), 3).error().message, HasSubstr("3 GPUs"));
  EXPECT_FALSE(choose_gpu({}, -1));
}

TEST(UsableGpus, HaveMemoryOnAMachineWithAGpu) {
  const auto gpus = usable_gpus();
  if (gpus.empty()) GTEST_SKIP() << "this machine has no NVIDIA GPU";
  for (const Gpu& gpu : gpus) EXPECT_GT(gpu.free_bytes.value_or(0), 0U) << gpu.model << " at " << gpu.bus;
}

}  // namespace
}  // namespace tandem
