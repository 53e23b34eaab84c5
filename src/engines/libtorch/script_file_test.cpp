// SPDX-License-Identifier: Apache-2.0
// Which files reach LibTorch, and what is said of the others.
#include "engines/libtorch/script_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engines/libtorch/libtorch_engine.h"

namespace tandem::libtorch {
namespace {

using testing::HasSubstr;

constexpr const char* kScriptFiles = TANDEM_SOURCE_DIR "/tests/conformance/convert/torchscript/";

std::string error_of(const std::string& file) {
  const auto mapped = MappedFile::open(file);
  EXPECT_TRUE(mapped) << file;
  const auto model = read_script_file(mapped->bytes());
  EXPECT_FALSE(model);
  return model ? "" : model.error().message;
}

TEST(ScriptFile, SaysWhatTheNetworkWasTracedWith) {
  const auto file = MappedFile::open(std::string(kScriptFiles) + "bert.pt");
  const auto model = read_script_file(file->bytes());
  ASSERT_TRUE(model) << model.error().message;
  ASSERT_EQ(model->info.inputs.size(), 2U);
  EXPECT_EQ(model->info.inputs[0].dtype, DType::kInt64);
  EXPECT_THAT(model->info.graph_name, HasSubstr("Bert"));
}

TEST(ScriptFile, OfAnotherKindSaysWhatItIsAndWhatToDo) {
  const std::string models = TANDEM_SOURCE_DIR "/models/";
  EXPECT_THAT(error_of(models + "checkpoints/segmentation_transunet_phantom_20261121.pth"),
              testing::AllOf(HasSubstr("holds weights and no network"), HasSubstr("tandem convert"),
                             HasSubstr("torch.jit.save")));
  EXPECT_THAT(error_of(models + "weights/classification_cnn_digits_20261121.onnx"),
              HasSubstr("onnxruntime and openvino"));
  EXPECT_THAT(error_of(TANDEM_SOURCE_DIR "/tests/conformance/convert/pt2/gru.pt2"), HasSubstr("tandem convert"));
}

TEST(ScriptFile, ThatIsCutShortIsRefusedBeforeLibTorchSeesIt) {
  const auto file = MappedFile::open(std::string(kScriptFiles) + "gru.pt");
  for (std::size_t percent = 1; percent < 100; ++percent) {
    EXPECT_FALSE(read_script_file(file->bytes().first(file->bytes().size() * percent / 100))) << percent;
  }
}

TEST(LibTorchEngine, TakesFilesByTheirContent) {
  const auto engine = make_libtorch_engine({"/nonexistent"});
  EXPECT_TRUE(engine->supports_file(std::string(kScriptFiles) + "gru.pt"));
  EXPECT_FALSE(
      engine->supports_file(TANDEM_SOURCE_DIR "/models/checkpoints/segmentation_transunet_phantom_20261121.pth"));
  EXPECT_FALSE(engine->supports_file("missing.pt"));
}

TEST(LibTorchEngine, SaysHowItIsGotWhereItIsMissing) {
  const auto engine = make_libtorch_engine({"/nonexistent"});
  EXPECT_EQ(engine->load("model.pt", {}).error().code, Code::kUnimplemented);
  EXPECT_THAT(engine->available().error().message, HasSubstr("./dev setup --with libtorch"));
  EXPECT_EQ(engine->version(), "");
  EXPECT_TRUE(engine->devices().empty());
}

}  // namespace
}  // namespace tandem::libtorch
