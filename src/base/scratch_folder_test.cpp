// SPDX-License-Identifier: Apache-2.0
// Facts about a folder that lives as long as its owner.
#include "base/scratch_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace tandem {
namespace {

TEST(ScratchFolder, GoesWithWhatIsInIt) {
  const TempDir parent;
  std::filesystem::path path;
  {
    const auto folder = ScratchFolder::make(parent.path(), "work");
    ASSERT_TRUE(folder) << folder.error().message;
    path = (*folder)->path();
    EXPECT_TRUE(path.filename().string().starts_with("work-"));
    std::ofstream(path / "file") << "text";
    EXPECT_TRUE(std::filesystem::exists(path / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchFolder, SaysWhereNoFolderCanBeMade) {
  const auto folder = ScratchFolder::make("/no/such/folder", "work");
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace tandem
