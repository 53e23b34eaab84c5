// SPDX-License-Identifier: Apache-2.0
// Tests of element counts and of matching against symbolic shapes.
#include "core/shape.h"

#include <gtest/gtest.h>

#include <limits>

namespace tandem {
namespace {

TEST(ShapeTest, AScalarHasOneElement) { EXPECT_EQ(Shape{}.element_count(), 1); }
TEST(ShapeTest, AZeroDimensionMeansNoElements) {
  EXPECT_EQ((Shape{0, std::numeric_limits<std::int64_t>::max(), 4}).element_count(), 0);
}
TEST(ShapeTest, OverflowAndNegativeHaveNoCount) {
  EXPECT_FALSE((Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}).element_count());
  EXPECT_FALSE((Shape{2, -1}).element_count());
}
TEST(ShapeTest, PrintsAsAList) { EXPECT_EQ(to_string(Shape{1, 3}), "[1,3]"); }

const SymbolicShape kImage{{Dim::symbol("batch"), Dim::fixed(3), Dim::symbol("n"), Dim::symbol("n")}};

TEST(SymbolicShapeTest, AcceptsAnySizeForASymbol) { EXPECT_TRUE(kImage.accepts(Shape{7, 3, 5, 5})); }
TEST(SymbolicShapeTest, OneNameMeansOneSize) { EXPECT_FALSE(kImage.accepts(Shape{7, 3, 5, 6})); }
TEST(SymbolicShapeTest, RefusesAnotherRankOrFixedSize) {
  EXPECT_FALSE(kImage.accepts(Shape{7, 3, 5}));
  EXPECT_FALSE(kImage.accepts(Shape{7, 1, 5, 5}));
}
TEST(SymbolicShapeTest, ConcreteOnlyWhenAllIsFixed) {
  EXPECT_FALSE(kImage.concrete());
  EXPECT_EQ((SymbolicShape{{Dim::fixed(2), Dim::fixed(3)}}).concrete(), (Shape{2, 3}));
}
TEST(SymbolicShapeTest, PrintsNamesAndQuestionMarks) {
  EXPECT_EQ(to_string(SymbolicShape{{Dim::symbol("batch"), Dim::symbol(""), Dim::fixed(4)}}), "[batch,?,4]");
}

}  // namespace
}  // namespace tandem
