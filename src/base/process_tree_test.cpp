// SPDX-License-Identifier: Apache-2.0
// Tests of the format of /proc/PID/stat, and that children are found.
#include "base/process_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/subprocess.h"

namespace tandem {
namespace {

TEST(ProcessTree, ReadsParentAndTicksBehindAnyName) {
  const ProcessStat stat = parse_process_stat("7 (a) b) 1 2) S 3 4 5 6 7 8 9 10 11 12 100 20 3 4 99 99");
  EXPECT_EQ(stat.parent, 3);
  EXPECT_EQ(stat.ticks, 127U);
}

TEST(ProcessTree, ALineThatIsCutSaysNothing) {
  for (const std::string text : {"", "7", "7 (a", "7 (a) S", "7 (a) S 3 4 5 6 7 8 9 10 11 12 100 20 3", "7 (a) S x"}) {
    const ProcessStat stat = parse_process_stat(text);
    EXPECT_EQ(stat.parent, 0) << text;
    EXPECT_EQ(stat.ticks, 0U) << text;
  }
}

TEST(ProcessTree, FindsChildren) {
  const auto child = Subprocess::start({"sleep", {"60"}, {}, {}});
  ASSERT_TRUE(child);
  EXPECT_THAT(process_tree(::getpid()), testing::Contains(child->pid()));
  EXPECT_EQ(read_process_stat(child->pid()).parent, ::getpid());
}

TEST(ProcessTree, OfAProcessThatIsNotThereNothingIsSaid) { EXPECT_EQ(read_process_stat(0x7ffffff0).parent, 0); }

}  // namespace
}  // namespace tandem
