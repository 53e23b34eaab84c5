// SPDX-License-Identifier: Apache-2.0
// Tests that children are counted, too.
#include "base/process_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "base/subprocess.h"

namespace tandem {
namespace {

TEST(ProcessMemory, SeesMemoryThatWasTouched) {
  const TreeMemory before = tree_memory(::getpid());
  const std::vector<char> block(64 << 20, 'x');
  const TreeMemory after = tree_memory(::getpid());
  EXPECT_GE(after.proportional_bytes, before.proportional_bytes + (60U << 20)) << block[1000];
  EXPECT_GE(after.peak_resident_bytes, after.proportional_bytes);
}

TEST(ProcessMemory, CountsChildren) {
  const auto child = Subprocess::start({"sleep", {"60"}, {}, {}});
  ASSERT_TRUE(child);
  EXPECT_GT(tree_memory(child->pid()).proportional_bytes, 0U);
}

TEST(ProcessMemory, OfAProcessThatIsNotThereIsNothing) { EXPECT_EQ(tree_memory(0x7ffffff0).proportional_bytes, 0U); }

}  // namespace
}  // namespace tandem
