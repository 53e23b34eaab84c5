// SPDX-License-Identifier: Apache-2.0
// Archives that numpy wrote (the demo models' golden outputs, compressed), and damaged copies of them.
#include "formats/npz.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "core/tolerance.h"
#include "formats/npz_writer.h"

namespace tandem {
namespace {

std::string golden() {
  return read_file(TANDEM_SOURCE_DIR "/models/golden/classification_cnn_digits_20261121.npz").value();
}
Result<std::vector<NamedTensor>> parse_npz(const std::string& file) { return read_npz(std::as_bytes(std::span(file))); }

TEST(Npz, ReadsEveryArrayUnderItsName) {
  const auto tensors = parse_npz(golden());
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
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(parse_npz(file.substr(0, size))) << size;
}

TEST(Npz, AFlippedByteOfTheArraysIsFound) {
  std::string file = golden();
  file[100] = static_cast<char>(file[100] ^ 1);
  EXPECT_FALSE(parse_npz(file));
}

TEST(Npz, WhatWasWrittenIsReadAgain) {
  std::vector<NamedTensor> tensors;
  tensors.push_back({"x", *Tensor::from<float>({2, 2}, std::vector<float>{1, 2, 3, 4})});
  tensors.push_back({"layer/ids", *Tensor::from<std::int64_t>({3}, std::vector<std::int64_t>{7, 8, 9})});
  const auto file = write_npz(tensors);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(is_npz(*file));
  const auto again = read_npz(*file);
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ((*again)[0].name, "x");
  EXPECT_TRUE(compare((*again)[0].tensor, tensors[0].tensor, {0, 0}).within);
  EXPECT_EQ((*again)[1].name, "layer/ids");
  EXPECT_TRUE(compare((*again)[1].tensor, tensors[1].tensor, {0, 0}).within);
}

TEST(Npz, SaysWhichArrayCannotBeWritten) {
  std::vector<NamedTensor> tensors;
  tensors.push_back({"half", *Tensor::allocate(DType::kBfloat16, {2})});
  const auto file = write_npz(tensors);
  ASSERT_FALSE(file);
  EXPECT_TRUE(file.error().message.starts_with("half: ")) << file.error().message;
}

}  // namespace
}  // namespace tandem
