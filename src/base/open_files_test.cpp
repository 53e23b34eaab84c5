// SPDX-License-Identifier: Apache-2.0
// Facts about the limit of open files.
#include "base/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace tandem {
namespace {

TEST(OpenFiles, TheLimitBecomesTheHighestThatIsAllowed) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_file_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tandem
