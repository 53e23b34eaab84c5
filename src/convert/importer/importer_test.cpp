// SPDX-License-Identifier: Apache-2.0
// A file goes to the reader of its content, and what is no model is refused with its path.
#include "convert/importer/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::convert {
namespace {

using ::testing::HasSubstr;

TEST(Importer, ReadsAStateDict) {
  const auto imported =
      import_model(TANDEM_SOURCE_DIR "/models/checkpoints/segmentation_transunet_phantom_20261121.pth");
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->format, "PyTorch zip");
  EXPECT_EQ(imported->conversion.network, "TransUNet");
}

TEST(Importer, SaysOfAnyOtherFileThatItIsNoCheckpoint) {
  const TempDir folder;
  const auto path = folder.path() / "notes.pth";
  ASSERT_TRUE(write_file_atomic(path, "these are my notes"));
  const auto imported = import_model(path);
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr(path.string()));
  EXPECT_THAT(imported.error().message, HasSubstr("not a checkpoint"));
}

}  // namespace
}  // namespace tandem::convert
