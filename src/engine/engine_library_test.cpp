// SPDX-License-Identifier: Apache-2.0
// Where an engine's library is looked for, and what is said when it is not there or is something else.
#include "engine/engine_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using testing::HasSubstr;

EngineLibrary library_in(const std::filesystem::path& folder) {
  return {{"warp", "WarpNet", "run ./dev setup --with warp"}, EngineLibrary::places("warp", folder)};
}

TEST(EngineLibrary, LiesBesideTheProgramOrInTheLibraries) {
  EXPECT_THAT(EngineLibrary::places("warp", "/opt/tandem/bin"),
              testing::ElementsAre("/opt/tandem/bin/tandem_warp.so", "/opt/tandem/lib/tandem/tandem_warp.so"));
}

TEST(EngineLibrary, WhereItIsMissingItIsSaidHowToGetIt) {
  const TempDir dir;
  EngineLibrary library = library_in(dir.path());
  const Status available = library.available();
  ASSERT_FALSE(available);
  EXPECT_EQ(available.error().code, Code::kUnimplemented);
  EXPECT_THAT(available.error().message, HasSubstr("no WarpNet"));
  EXPECT_THAT(available.error().message, HasSubstr("./dev setup --with warp"));
  EXPECT_EQ(library.runtime().error().code, Code::kUnimplemented);
}

TEST(EngineLibrary, AFileThatIsNoLibraryIsFoundOutWhenItIsOpened) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "tandem_warp.so", "no library"));
  EngineLibrary library = library_in(dir.path());
  EXPECT_TRUE(library.available());
  const auto runtime = library.runtime();
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code, Code::kUnavailable);
  EXPECT_THAT(runtime.error().message, HasSubstr("WarpNet cannot be opened"));
}

}  // namespace
}  // namespace tandem
