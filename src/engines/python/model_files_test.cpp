// SPDX-License-Identifier: Apache-2.0
// How code and checkpoint find each other.
#include "engines/python/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem::python {
namespace {

namespace fs = std::filesystem;

class ModelFilesTest : public testing::Test {
 protected:
  fs::path put(const std::string& name) {
    const fs::path file = folder_.path() / name;
    fs::create_directories(file.parent_path());
    EXPECT_TRUE(write_file_atomic(file, "x"));
    return file;
  }
  TempDir folder_;
};

TEST_F(ModelFilesTest, CodeFindsTheCheckpointBesideIt) {
  const auto code = put("net.py");
  const auto checkpoint = put("net.pth");
  EXPECT_EQ(find_model_files(code)->checkpoint, checkpoint);
}

TEST_F(ModelFilesTest, CodeMayHaveNoCheckpoint) { EXPECT_TRUE(find_model_files(put("net.py"))->checkpoint.empty()); }

TEST_F(ModelFilesTest, ACheckpointFindsTheCodeBesideIt) {
  const auto code = put("net.py");
  EXPECT_EQ(find_model_files(put("net.PTH"))->code, code);
}

TEST_F(ModelFilesTest, FilesOfAStoreFindEachOther) {
  const auto code = put("python/net.py");
  const auto checkpoint = put("checkpoints/net.pth");
  EXPECT_EQ(find_model_files(code)->checkpoint, checkpoint);
  EXPECT_EQ(find_model_files(checkpoint)->code, code);
}

TEST_F(ModelFilesTest, ACheckpointWithoutCodeSaysWhereTheCodeShouldBe) {
  const auto found = find_model_files(put("net.pth"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kNotFound);
  EXPECT_THAT(found.error().message, testing::HasSubstr("net.py"));
}

TEST_F(ModelFilesTest, ACheckpointThatSaysWhatItIsNeedsNoCode) {
  for (const char* name : {"a.pt", "b.keras", "c.h5", "d.pkl", "e.joblib"}) {
    const auto file = put(name);
    const auto found = find_model_files(file);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->code, "");
    EXPECT_EQ(found->checkpoint, file);
  }
}

TEST_F(ModelFilesTest, TheUsersOwnCodeGoesBeforeOurs) {
  const auto code = put("net.py");
  EXPECT_EQ(find_model_files(put("net.keras"))->code, code);
}

TEST_F(ModelFilesTest, OtherFilesAreRefused) {
  EXPECT_EQ(find_model_files(put("net.onnx")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(find_model_files(folder_.path()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(find_model_files(folder_.path() / "none.py").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tandem::python
