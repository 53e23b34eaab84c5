// SPDX-License-Identifier: Apache-2.0
// Tests of ownership, views and refusals.
#include "core/tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace tandem {
namespace {

Tensor iota(Shape shape) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  float next = 0;
  for (float& value : tensor.mutable_values<float>()) value = next++;
  return tensor;
}

TEST(TensorTest, MemoryIsAlignedTo64Bytes) {
  const Tensor tensor = iota({3, 5});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0U);
}

TEST(TensorTest, AllocationRefusesImpossibleShapes) {
  EXPECT_EQ(Tensor::allocate(DType::kFloat32, {-1}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Tensor::allocate(DType::kUndefined, {1}).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(Tensor::allocate(DType::kFloat64, {std::int64_t{1} << 62}));
}

TEST(TensorTest, AnEmptyDimensionIsFine) {
  const Tensor tensor = iota({0, 4});
  EXPECT_EQ(tensor.element_count(), 0U);
  EXPECT_FALSE(tensor.empty());
}

TEST(TensorTest, BorrowChecksTheByteCount) {
  std::array<std::byte, 7> bytes{};
  const auto result = Tensor::borrow(DType::kFloat32, {2}, std::span<const std::byte>(bytes));
  EXPECT_EQ(result.error().message, "float32 [2] needs 8 bytes, got 7");
}

TEST(TensorTest, AViewKeepsTheMemoryAlive) {
  Tensor view;
  {
    const Tensor tensor = iota({4});
    view = tensor.view();
  }
  EXPECT_EQ(view.values<float>()[3], 3.0F);
  EXPECT_FALSE(view.writable());
}

TEST(TensorTest, RowsAreASliceOfTheFirstAxis) {
  const Tensor rows = iota({4, 3}).rows(1, 2);
  EXPECT_EQ(rows.shape(), (Shape{2, 3}));
  EXPECT_EQ(rows.values<float>().front(), 3.0F);
  EXPECT_EQ(rows.values<float>().back(), 8.0F);
}

TEST(TensorTest, ReshapeKeepsTheElements) {
  EXPECT_EQ(iota({2, 3}).reshaped({6}).value().values<float>()[5], 5.0F);
  EXPECT_FALSE(iota({2, 3}).reshaped({5}));
}

TEST(TensorTest, StringsAreOwned) {
  const Tensor tensor = Tensor::from_strings({2}, {"a", "b"}).value();
  EXPECT_EQ(tensor.clone().value().strings()[1], "b");
  EXPECT_EQ(tensor.byte_size(), 0U);
  EXPECT_EQ(tensor.rows(1, 1).strings()[0], "b");
}

TEST(TensorTest, FourBitElementsArePacked) { EXPECT_EQ(Tensor::allocate(DType::kInt4, {3}).value().byte_size(), 2U); }

TEST(TensorTest, FromChecksTheCount) {
  const std::array<float, 3> values{1, 2, 3};
  EXPECT_FALSE(Tensor::from<float>({2}, values));
  EXPECT_EQ(Tensor::from<float>({3}, values).value().values<float>()[2], 3.0F);
}

TEST(TensorDeathTest, WritingAViewIsABug) {
  const Tensor tensor = iota({1});
  Tensor view = tensor.view();
  EXPECT_DEATH(view.mutable_data(), "writable");
}

}  // namespace
}  // namespace tandem
