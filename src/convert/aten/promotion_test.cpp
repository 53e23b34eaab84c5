// SPDX-License-Identifier: Apache-2.0
// Element types as torch.result_type gives them; the expected ones were printed by PyTorch 2.15.
#include "convert/aten/promotion.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace tandem::convert::aten {
namespace {

constexpr Operand tensor(DType dtype) { return {dtype, true, false}; }
constexpr Operand scalar(DType dtype) { return {dtype, false, false}; }
constexpr Operand number(DType dtype) { return {dtype, false, true}; }

DType type_of(std::initializer_list<Operand> operands) { return result_type(std::vector<Operand>(operands)); }

TEST(Promotion, ANumberTakesTheTensorsType) {
  EXPECT_EQ(type_of({tensor(DType::kFloat16), number(DType::kFloat32)}), DType::kFloat16);
  EXPECT_EQ(type_of({tensor(DType::kInt32), number(DType::kInt64)}), DType::kInt32);
}

TEST(Promotion, AFloatMakesIntegersFloat) {
  EXPECT_EQ(type_of({tensor(DType::kInt64), number(DType::kFloat32)}), DType::kFloat32);
  EXPECT_EQ(type_of({tensor(DType::kInt64), scalar(DType::kFloat64)}), DType::kFloat64);
}

TEST(Promotion, AnIntegerMakesBoolInt64) {
  EXPECT_EQ(type_of({tensor(DType::kBool), number(DType::kInt64)}), DType::kInt64);
}

TEST(Promotion, TensorsWithDimensionsWinOverThoseWithout) {
  EXPECT_EQ(type_of({tensor(DType::kFloat32), scalar(DType::kFloat64)}), DType::kFloat32);
  EXPECT_EQ(type_of({scalar(DType::kFloat64), number(DType::kFloat32)}), DType::kFloat64);
}

TEST(Promotion, TwoHalvesOfDifferentKindsMeetInFloat32) {
  EXPECT_EQ(type_of({tensor(DType::kFloat16), tensor(DType::kBfloat16)}), DType::kFloat32);
}

TEST(Promotion, SignedAndUnsignedMeetInAWiderSigned) {
  EXPECT_EQ(promote_types(DType::kUint8, DType::kInt8), DType::kInt16);
  EXPECT_EQ(promote_types(DType::kUint8, DType::kInt32), DType::kInt32);
}

}  // namespace
}  // namespace tandem::convert::aten
