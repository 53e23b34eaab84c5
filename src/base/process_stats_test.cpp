// SPDX-License-Identifier: Apache-2.0
// Tests that the kernel's numbers arrive.
#include "base/process_stats.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem {
namespace {

TEST(ProcessStatsTest, SeesMemoryThatWasTouched) {
  const auto before = process_stats();
  std::vector<char> block(64 << 20, 'x');
  const auto after = process_stats();
  EXPECT_GE(after.resident_bytes, before.resident_bytes + (60U << 20)) << block[1000];
  EXPECT_GE(after.peak_resident_bytes, after.resident_bytes);
}

TEST(ProcessStatsTest, CountsThreadsAndFiles) {
  EXPECT_GE(process_stats().threads, 1);
  EXPECT_GE(process_stats().open_files, 3);
}

}  // namespace
}  // namespace tandem
