// SPDX-License-Identifier: Apache-2.0
// What compresses becomes small, what does not stays what it is.
#include "app/optimize/compressed_size.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tandem::app {
namespace {

TEST(CompressedSize, ZerosBecomeSmall) { EXPECT_LT(compressed_size(std::string(3 << 20, '\0')), 10'000U); }

TEST(CompressedSize, RandomBytesStayWhatTheyAre) {
  std::mt19937 random(1);
  std::string bytes(3 << 20, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  EXPECT_GT(compressed_size(bytes), bytes.size());
  EXPECT_LT(compressed_size(bytes), bytes.size() + bytes.size() / 100);
}

TEST(CompressedSize, NothingIsAFewBytes) { EXPECT_LT(compressed_size(""), 20U); }

}  // namespace
}  // namespace tandem::app
