// SPDX-License-Identifier: Apache-2.0
// One model, two files, and which of them an engine gets.
#include "engine/engine_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

class EngineFile : public testing::Test {
 protected:
  fs::path put(const std::string& name) {
    fs::create_directories((folder_.path() / name).parent_path());
    EXPECT_TRUE(write_file_atomic(folder_.path() / name, "x"));
    return folder_.path() / name;
  }
  TempDir folder_;
  FakeEngine onnx_{"onnx", ".onnx", Status{}};
  FakeEngine python_{"python", ".py", Status{}};
};

TEST_F(EngineFile, IsTheModelItselfWhereTheEngineTakesIt) { EXPECT_EQ(file_for_engine(onnx_, "m.ONNX"), "m.ONNX"); }

TEST_F(EngineFile, MayLieBesideTheModel) {
  const fs::path onnx = put("m.onnx");
  const fs::path code = put("m.py");
  EXPECT_EQ(file_for_engine(python_, onnx), code);
  EXPECT_EQ(file_for_engine(onnx_, code), onnx);
}

TEST_F(EngineFile, MayLieInTheFolderOfAStore) {
  const fs::path onnx = put("weights/m.onnx");
  const fs::path code = put("python/m.py");
  EXPECT_EQ(file_for_engine(python_, onnx), code);
  EXPECT_EQ(file_for_engine(onnx_, code), onnx);
}

TEST_F(EngineFile, ThatIsMissingIsNamed) {
  const auto file = file_for_engine(python_, put("weights/m.onnx"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kInvalidArgument);
  EXPECT_THAT(file.error().message, testing::AllOf(testing::HasSubstr("python does not load .onnx files"),
                                                   testing::HasSubstr("python/m.py")));
}

}  // namespace
}  // namespace tandem
