// SPDX-License-Identifier: Apache-2.0
// Views over storages: what is borrowed, what is copied, and what leaves its storage.
#include "formats/strided_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array<float, 6> kNumbers = {0, 1, 2, 3, 4, 5};

StridedView view(std::vector<std::int64_t> sizes, std::vector<std::int64_t> strides, std::int64_t offset = 0) {
  return {DType::kFloat32, std::move(sizes), std::move(strides), offset, std::as_bytes(std::span(kNumbers)), false};
}

Result<Tensor> make(const StridedView& view) {
  CopyBudget budget = CopyBudget::for_file(view.storage.size());
  return strided_tensor(view, nullptr, budget);
}

TEST(StridedTensor, RowsAreBorrowed) {
  const auto tensor = make(view({1, 3}, {99, 1}, 2));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->data(), &kNumbers[2]);
}

TEST(StridedTensor, ATransposedMatrixIsCopied) {
  const auto tensor = make(view({3, 2}, {1, 3}));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_THAT(tensor->values<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(StridedTensor, AStrideOfZeroRepeats) {
  EXPECT_THAT(make(view({2, 2}, {0, 1}, 1))->values<float>(), ElementsAre(1, 2, 1, 2));
}

TEST(StridedTensor, AScalarAndNothingAtAllAreTensors) {
  EXPECT_THAT(make(view({}, {}, 5))->values<float>(), ElementsAre(5));
  EXPECT_EQ(make(view({0, 4}, {4, 1}, 100))->element_count(), 0U);
}

TEST(StridedTensor, BigEndianElementsAreTurned) {
  const std::array<std::uint16_t, 2> numbers = {0x0102, 0x0304};
  const StridedView turned{DType::kInt16, {2}, {1}, 0, std::as_bytes(std::span(numbers)), true};
  EXPECT_THAT(make(turned)->values<std::int16_t>(), ElementsAre(0x0201, 0x0403));
}

TEST(StridedTensor, UnalignedElementsAreCopied) {
  alignas(8) std::array<std::byte, 9> bytes{};
  bytes[5] = std::byte{7};
  const StridedView odd{DType::kInt32, {1}, {1}, 0, std::span(bytes).subspan(5, 4), false};
  const auto tensor = make(odd);
  EXPECT_NE(tensor->data(), &bytes[5]);
  EXPECT_THAT(tensor->values<std::int32_t>(), ElementsAre(7));
}

TEST(StridedTensor, WhatLeavesTheStorageIsRefused) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  for (const StridedView& bad :
       {view({7}, {1}), view({2, 3}, {4, 1}), view({6}, {1}, 1), view({2}, {kHuge}), view({kHuge, kHuge}, {kHuge, 8}),
        view({1}, {1}, INT64_MAX), view({2}, {INT64_MAX}, 1)}) {
    const auto tensor = make(bad);
    ASSERT_FALSE(tensor);
    EXPECT_THAT(tensor.error().message, HasSubstr("leaves its storage"));
  }
}

TEST(StridedTensor, NegativeNumbersAreRefused) {
  for (const StridedView& bad : {view({-1}, {1}), view({2}, {-1}, 1), view({1}, {1}, -1)}) {
    EXPECT_THAT(make(bad).error().message, HasSubstr("negative"));
  }
}

TEST(StridedTensor, HugeEmptyShapesDoNoHarm) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  const auto tensor = make(view({0, kHuge, kHuge}, {1, kHuge, 1}));
  if (tensor) {
    EXPECT_EQ(tensor->element_count(), 0U);
  }
}

TEST(StridedTensor, ASmallFileCannotSpellMuchMemory) {
  const auto tensor = make(view({1 << 20, 1 << 10}, {0, 0}));
  ASSERT_FALSE(tensor);
  EXPECT_EQ(tensor.error().code, Code::kResourceExhausted);
}

TEST(StridedTensor, ABoolIsZeroOrOne) {
  const std::array<std::byte, 2> bytes = {std::byte{1}, std::byte{2}};
  EXPECT_THAT(make({DType::kBool, {2}, {1}, 0, bytes, false}).error().message, HasSubstr("bools"));
}

}  // namespace
}  // namespace tandem
