// SPDX-License-Identifier: Apache-2.0
// What the engine says where tandem_openvino.so is not there or is something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engines/openvino/openvino_engine.h"
#include "support/onnx_bytes.h"
#include "support/temp_dir.h"

namespace tandem::openvino {
namespace {

using testing::HasSubstr;

TEST(OpenVinoLibrary, ABuildWithoutItSaysHowToGetIt) {
  const TempDir dir;
  const auto engine = make_openvino_engine({dir.path() / "tandem_openvino.so"});
  const Status available = engine->available();
  ASSERT_FALSE(available);
  EXPECT_EQ(available.error().code, Code::kUnimplemented);
  EXPECT_THAT(available.error().message, HasSubstr("./dev setup --with openvino"));
  EXPECT_EQ(engine->version(), "");
  EXPECT_TRUE(engine->devices().empty());
  EXPECT_EQ(engine->load("model.onnx", {}).error().code, Code::kUnimplemented);
  EXPECT_EQ(engine->load_bytes({}, {}).error().code, Code::kUnimplemented);
}

TEST(OpenVinoLibrary, AFileThatIsNoLibraryIsFoundOutByTheFirstModel) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "tandem_openvino.so", "no library"));
  const auto engine = make_openvino_engine({dir.path() / "tandem_openvino.so"});
  EXPECT_TRUE(engine->available());
  const std::string model = onnx_bytes::add_model(2);
  const auto session = engine->load_bytes(onnx_bytes::as_bytes(model), {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kUnavailable);
  EXPECT_THAT(session.error().message, HasSubstr("OpenVINO cannot be opened"));
}

}  // namespace
}  // namespace tandem::openvino
