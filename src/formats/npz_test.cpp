// SPDX-License-Identifier: Apache-2.0
// Archives that numpy wrote (the demo models' golden outputs, compressed), and damaged copies of them.
#include "formats/npz.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace tandem {
namespace {

std::string golden() {
  return read_file(TANDEM_SOURCE_DIR "/models/golden/classification_cnn_digits_20261121.npz").value();
}
Result<std::vector<NamedTensor>> parse(const std::string& file) { return read_npz(std::as_bytes(std::span(file))); }

TEST(Npz, ReadsEveryArrayUnderItsName) {
  const auto tensors = parse(golden());
  ASSERT_TRUE(tensors) << tensors.error().message;
  ASSERT_EQ(tensors->size(), 2U);
  EXPECT_EQ((*tensors)[0].name, "input");
  EXPECT_EQ((*tensors)[1].name, "output");
  EXPECT_EQ((*tensors)[1].tensor.dtype(), DType::kFloat32);
  EXPECT_EQ((*tensors)[1].tensor.shape()[1], 10);
}

TEST(Npz, IsToldFromATorchCheckpoint) {
  const std::string numpy = golden();
  EXPECT_TRUE(is_npz(std::as_bytes(std::span(numpy))));
  const std::string torch =
      read_file(TANDEM_SOURCE_DIR "/models/checkpoints/classification_cnn_digits_20261121.pth").value();
  EXPECT_FALSE(is_npz(std::as_bytes(std::span(torch))));
}

TEST(Npz, EveryTruncationIsRefused) {
  const std::string file = golden();
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(parse(file.substr(0, size))) << size;
}

TEST(Npz, AFlippedByteOfTheArraysIsFound) {
  std::string file = golden();
  file[100] = static_cast<char>(file[100] ^ 1);
  EXPECT_FALSE(parse(file));
}

}  // namespace
}  // namespace tandem
