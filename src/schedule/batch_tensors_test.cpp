// SPDX-License-Identifier: Apache-2.0
// Facts about joining and cutting batches.
#include "schedule/batch_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem {
namespace {

using ::testing::ElementsAre;

std::vector<Tensor> floats(Shape shape, std::vector<float> values) {
  std::vector<Tensor> tensors;
  tensors.push_back(*Tensor::from<float>(std::move(shape), values));
  return tensors;
}

TEST(BatchRows, AreTheCommonFirstDimension) {
  EXPECT_EQ(batch_rows(floats({2, 1}, {1, 2})), 2);
  EXPECT_FALSE(batch_rows(floats({}, {1})));
  EXPECT_FALSE(batch_rows(floats({0, 3}, {})));
  EXPECT_FALSE(batch_rows({}));
  auto unequal = floats({2}, {1, 2});
  unequal.push_back(std::move(floats({1}, {1})[0]));
  EXPECT_FALSE(batch_rows(unequal));
}

TEST(BatchRows, RefuseElementsThatShareAByte) {
  std::vector<Tensor> nibbles;
  nibbles.push_back(*Tensor::allocate(DType::kInt4, {2, 1}));
  EXPECT_FALSE(batch_rows(nibbles));
}

TEST(CanJoin, LooksAtEverythingButTheFirstDimension) {
  EXPECT_TRUE(can_join(floats({1, 2}, {1, 2}), floats({2, 2}, {1, 2, 3, 4})));
  EXPECT_FALSE(can_join(floats({1, 2}, {1, 2}), floats({1, 3}, {1, 2, 3})));
  std::vector<Tensor> integers;
  integers.push_back(*Tensor::allocate(DType::kInt32, {1, 2}));
  EXPECT_FALSE(can_join(floats({1, 2}, {1, 2}), integers));
}

TEST(BatchTensors, LayRequestsBehindOneAnother) {
  const auto a = floats({1, 2}, {1, 2});
  const auto b = floats({2, 2}, {3, 4, 5, 6});
  const std::array<std::span<const Tensor>, 2> requests = {a, b};
  BatchTensors batch;
  const auto joined = batch.join(requests);
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->front().shape(), (Shape{3, 2}));
  EXPECT_THAT(joined->front().values<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(BatchTensors, UseTheSameMemoryForTheNextBatch) {
  const auto a = floats({1, 2}, {1, 2});
  const std::array<std::span<const Tensor>, 2> requests = {a, a};
  BatchTensors batch;
  const void* first = batch.join(requests)->front().data();
  EXPECT_EQ(batch.join(requests)->front().data(), first);
}

TEST(BatchTensors, JoinStrings) {
  std::vector<Tensor> a;
  a.push_back(*Tensor::from_strings({1}, {"x"}));
  std::vector<Tensor> b;
  b.push_back(*Tensor::from_strings({2}, {"y", "z"}));
  const std::array<std::span<const Tensor>, 2> requests = {a, b};
  BatchTensors batch;
  EXPECT_THAT(batch.join(requests)->front().strings(), ElementsAre("x", "y", "z"));
}

TEST(CutRows, GivesViewsOfTheRows) {
  const auto outputs = floats({3, 1}, {1, 2, 3});
  EXPECT_TRUE(splits_into(outputs, 3));
  EXPECT_FALSE(splits_into(outputs, 2));
  const auto part = cut_rows(outputs, 1, 2);
  EXPECT_THAT(part[0].values<float>(), ElementsAre(2, 3));
  EXPECT_EQ(part[0].data(), static_cast<const float*>(outputs[0].data()) + 1);
}

}  // namespace
}  // namespace tandem
