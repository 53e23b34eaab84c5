// SPDX-License-Identifier: Apache-2.0
// Tests of sizes and names of element types.
#include "core/dtype.h"

#include <gtest/gtest.h>

#include <limits>

namespace tandem {
namespace {

TEST(DTypeTest, EveryNameParsesBack) {
  for (int i = 1; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(dtype_name(dtype)), dtype);
  }
}

TEST(DTypeTest, UnknownNamesDoNotParse) {
  EXPECT_FALSE(parse_dtype("float"));
  EXPECT_FALSE(parse_dtype("undefined"));
}

TEST(ByteSize, PacksFourBitTypesTwoToAByte) {
  EXPECT_EQ(byte_size(DType::kInt4, 3), 2U);
  EXPECT_EQ(byte_size(DType::kUint4, 4), 2U);
}

TEST(ByteSize, RefusesOverflow) {
  EXPECT_FALSE(byte_size(DType::kFloat64, std::numeric_limits<std::size_t>::max() / 4));
}

TEST(ByteSize, StringsHaveNone) { EXPECT_FALSE(byte_size(DType::kString, 1)); }

TEST(DTypeTest, NumbersAreThoseOfOnnx) {
  EXPECT_EQ(static_cast<int>(DType::kBfloat16), 16);
  EXPECT_EQ(static_cast<int>(DType::kFloat4e2m1), 23);
}

}  // namespace
}  // namespace tandem
