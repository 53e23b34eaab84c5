// SPDX-License-Identifier: Apache-2.0
// The content of a file decides how it is read, whatever its name says.
#include "formats/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

const std::string kModels = TANDEM_SOURCE_DIR "/models/";

FileContent kind_of(const std::string& path) {
  const std::string file = read_file(kModels + path).value();
  return detect_content(std::as_bytes(std::span(file)));
}

TEST(FileContent, IsSeenInTheContent) {
  EXPECT_EQ(kind_of("checkpoints/classification_cnn_digits_20261121.pth"), FileContent::kTorchZip);
  EXPECT_EQ(kind_of("golden/classification_cnn_digits_20261121.npz"), FileContent::kNpz);
  EXPECT_EQ(kind_of("weights/classification_cnn_digits_20261121.onnx"), FileContent::kOnnx);
  EXPECT_EQ(kind_of("samples/digit_7.png"), FileContent::kUnknown);
  EXPECT_EQ(detect_content({}), FileContent::kUnknown);
}

TEST(ReadCheckpoint, ATorchFileWithAnotherExtensionIsRead) {
  const TempDir folder;
  const auto path = folder.path() / "lies.npz";
  std::filesystem::copy_file(kModels + "checkpoints/classification_cnn_digits_20261121.pth", path);
  const auto checkpoint = read_checkpoint(path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->format, "PyTorch zip");
}

TEST(ReadCheckpoint, TensorsOutliveTheFile) {
  const TempDir folder;
  const auto path = folder.path() / "gone.pth";
  std::filesystem::copy_file(kModels + "checkpoints/classification_cnn_digits_20261121.pth", path);
  const auto checkpoint = read_checkpoint(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(checkpoint);
  for (const NamedTensor& entry : checkpoint->tensors) {
    if (entry.tensor.dtype() != DType::kFloat32) continue;
    for (const float value : entry.tensor.values<float>()) ASSERT_EQ(value, value);
  }
}

TEST(ReadCheckpoint, AnOnnxModelIsNamedAsWhatItIs) {
  const auto checkpoint = read_checkpoint(kModels + "weights/classification_cnn_digits_20261121.onnx");
  ASSERT_FALSE(checkpoint);
  EXPECT_THAT(checkpoint.error().message, testing::HasSubstr("an ONNX model already"));
}

TEST(ReadCheckpoint, AnImageIsRefusedWithWhatWasExpected) {
  const auto checkpoint = read_checkpoint(kModels + "samples/digit_7.png");
  ASSERT_FALSE(checkpoint);
  EXPECT_THAT(checkpoint.error().message, testing::HasSubstr("expected a PyTorch .pth"));
}

}  // namespace
}  // namespace tandem
