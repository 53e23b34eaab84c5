// SPDX-License-Identifier: Apache-2.0
// Constants computed by ONNX's definitions, and what is left to the runtime.
#include "graph/passes/evaluate.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/small_networks.h"

namespace tandem::graph {
namespace {

using Integers = std::vector<std::int64_t>;
using small_networks::node;

template <typename T>
Tensor tensor(Shape shape, std::initializer_list<T> values) {
  return Tensor::from<T>(std::move(shape), std::span<const T>(values.begin(), values.size())).value();
}

template <typename T>
std::vector<T> values(const std::optional<Tensor>& tensor) {
  if (!tensor) throw std::runtime_error("nothing was computed");
  return {tensor->values<T>().begin(), tensor->values<T>().end()};
}

TEST(Evaluate, TransposesByTheOrderGiven) {
  const Tensor x = tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  Node transpose = node("Transpose", {"x"}, {"y"});
  transpose.attributes.emplace("perm", Integers{1, 0});
  EXPECT_EQ(values<float>(evaluate({transpose, {&x}, {3, 2}, DType::kFloat32})),
            (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(Evaluate, SlicesBackwards) {
  const Tensor x = tensor<std::int64_t>({4}, {1, 2, 3, 4});
  const Tensor starts = tensor<std::int64_t>({1}, {-1});
  const Tensor ends = tensor<std::int64_t>({1}, {std::numeric_limits<std::int64_t>::min()});
  const Tensor axes = tensor<std::int64_t>({1}, {0});
  const Tensor steps = tensor<std::int64_t>({1}, {-2});
  const Node slice = node("Slice", {"x", "s", "e", "a", "t"}, {"y"});
  EXPECT_EQ(values<std::int64_t>(evaluate({slice, {&x, &starts, &ends, &axes, &steps}, {2}, DType::kInt64})),
            (Integers{4, 2}));
}

TEST(Evaluate, JoinsAlongAnInnerAxis) {
  const Tensor a = tensor<float>({2, 1}, {1, 2});
  const Tensor b = tensor<float>({2, 2}, {3, 4, 5, 6});
  Node concat = node("Concat", {"a", "b"}, {"y"});
  concat.attributes.emplace("axis", std::int64_t{-1});
  EXPECT_EQ(values<float>(evaluate({concat, {&a, &b}, {2, 3}, DType::kFloat32})),
            (std::vector<float>{1, 3, 4, 2, 5, 6}));
}

TEST(Evaluate, GathersRowsFromTheEnd) {
  const Tensor x = tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor index = tensor<std::int64_t>({}, {-1});
  EXPECT_EQ(values<float>(evaluate({node("Gather", {"x", "i"}, {"y"}), {&x, &index}, {2}, DType::kFloat32})),
            (std::vector<float>{5, 6}));
}

TEST(Evaluate, BroadcastsBothOperands) {
  const Tensor a = tensor<float>({2, 1}, {1, 2});
  const Tensor b = tensor<float>({3}, {10, 20, 30});
  EXPECT_EQ(values<float>(evaluate({node("Add", {"a", "b"}, {"y"}), {&a, &b}, {2, 3}, DType::kFloat32})),
            (std::vector<float>{11, 21, 31, 12, 22, 32}));
}

TEST(Evaluate, IntegersWrapAround) {
  const Tensor a = tensor<std::int64_t>({1}, {std::numeric_limits<std::int64_t>::max()});
  const Tensor b = tensor<std::int64_t>({1}, {1});
  EXPECT_EQ(values<std::int64_t>(evaluate({node("Add", {"a", "b"}, {"y"}), {&a, &b}, {1}, DType::kInt64})),
            (Integers{std::numeric_limits<std::int64_t>::min()}));
}

TEST(Evaluate, DividesTheSmallestIntegerByMinusOne) {
  const Tensor a = tensor<std::int32_t>({1}, {std::numeric_limits<std::int32_t>::min()});
  const Tensor b = tensor<std::int32_t>({1}, {-1});
  EXPECT_EQ(values<std::int32_t>(evaluate({node("Div", {"a", "b"}, {"y"}), {&a, &b}, {1}, DType::kInt32})),
            (std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::min()}));
}

TEST(Evaluate, LeavesADivisionByZeroToTheRuntime) {
  const Tensor a = tensor<std::int64_t>({1}, {1});
  const Tensor b = tensor<std::int64_t>({1}, {0});
  EXPECT_FALSE(evaluate({node("Div", {"a", "b"}, {"y"}), {&a, &b}, {1}, DType::kInt64}));
}

TEST(Evaluate, LeavesAFloatThatNoIntegerHoldsToTheRuntime) {
  const Tensor x = tensor<float>({1}, {1e30F});
  Node cast = node("Cast", {"x"}, {"y"});
  cast.attributes.emplace("to", static_cast<std::int64_t>(DType::kInt64));
  EXPECT_FALSE(evaluate({cast, {&x}, {1}, DType::kInt64}));
}

TEST(Evaluate, ChoosesByACondition) {
  const Tensor c = tensor<bool>({2}, {true, false});
  const Tensor a = tensor<float>({}, {1});
  const Tensor b = tensor<float>({2}, {3, 4});
  EXPECT_EQ(values<float>(evaluate({node("Where", {"c", "a", "b"}, {"y"}), {&c, &a, &b}, {2}, DType::kFloat32})),
            (std::vector<float>{1, 4}));
}

TEST(Evaluate, KnowsNoOtherOperator) {
  const Tensor x = tensor<float>({1}, {1});
  EXPECT_FALSE(evaluate({node("Mystery", {"x"}, {"y"}), {&x}, {1}, DType::kFloat32}));
}

}  // namespace
}  // namespace tandem::graph
