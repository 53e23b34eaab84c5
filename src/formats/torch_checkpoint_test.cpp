// SPDX-License-Identifier: Apache-2.0
// Tests of the checkpoint reader on the demo checkpoints that PyTorch wrote, and on damaged copies of them.
#include "formats/torch_checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace tandem {
namespace {

std::string demo(const std::string& name) {
  return read_file(std::string(TANDEM_SOURCE_DIR) + "/models/checkpoints/" + name + ".pth").value();
}

Result<TorchCheckpoint> parse_checkpoint(const std::string& bytes) {
  return read_torch_checkpoint(std::as_bytes(std::span(bytes)));
}

TEST(TorchCheckpoint, ReadsTheDigitClassifier) {
  const std::string file = demo("classification_cnn_digits_20261121");
  const auto checkpoint = parse_checkpoint(file);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_TRUE(checkpoint->foreign_globals.empty());
  std::size_t parameters = 0;
  for (const NamedTensor& entry : checkpoint->tensors) parameters += entry.tensor.element_count();
  EXPECT_GT(parameters, 20'000U);
}

TEST(TorchCheckpoint, TensorsAreViewsIntoTheFile) {
  const std::string file = demo("segmentation_transunet_phantom_20261121");
  const auto checkpoint = parse_checkpoint(file);
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const Tensor* position = find_tensor(checkpoint->tensors, "transformer.embeddings.position_embeddings");
  ASSERT_NE(position, nullptr);
  EXPECT_EQ(position->shape()[0], 1);
  const auto* data = static_cast<const char*>(position->data());
  EXPECT_TRUE(data >= file.data() && data < file.data() + file.size());
}

TEST(TorchCheckpoint, EveryTruncationIsRefused) {
  const std::string file = demo("classification_cnn_digits_20261121");
  for (std::size_t percent = 0; percent < 100; ++percent) {
    EXPECT_FALSE(parse_checkpoint(file.substr(0, file.size() * percent / 100))) << percent;
  }
}

TEST(TorchCheckpoint, AFlippedByteNeverCrashes) {
  const std::string file = demo("classification_cnn_digits_20261121");
  const std::size_t pickle = file.find("data.pkl");
  for (std::size_t at = pickle; at < std::min(pickle + 1200, file.size()); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const auto checkpoint = parse_checkpoint(damaged);
    if (!checkpoint) {
      EXPECT_FALSE(checkpoint.error().message.empty());
    }
  }
}

TEST(TorchCheckpoint, SaysWhatIsNoCheckpoint) {
  EXPECT_EQ(parse_checkpoint("hello").error().code, Code::kInvalidArgument);
  EXPECT_EQ(parse_checkpoint("").error().code, Code::kInvalidArgument);
  EXPECT_EQ(
      parse_checkpoint(std::string("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E", 15)).error().code,
      Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem
