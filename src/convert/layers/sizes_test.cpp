// SPDX-License-Identifier: Apache-2.0
// The sizes that layers give, and what they refuse; whether the numbers are right is asked of an engine in
// tests/conformance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "convert/layers.h"

namespace tandem::convert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A graph without weights, and a feature of it.
struct Bench {
  GraphBuilder graph{"g"};
  Weights weights{{}};

  Build build() { return {graph, weights}; }
};
Feature feature(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return {"x", channels, height, width};
}

Tensor zeros(Shape shape) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  std::ranges::fill(tensor.mutable_values<float>(), 0.0F);
  return tensor;
}
Weights only(std::string name, Shape shape) {
  std::vector<NamedTensor> tensors;
  tensors.push_back({std::move(name), zeros(std::move(shape))});
  return Weights(std::move(tensors));
}

HeightWidth size_of(const Feature& feature) { return {feature.height, feature.width}; }

TEST(MaxPool, LeavesOutAWindowOverTheEdge) {
  Bench bench;
  EXPECT_EQ(size_of(max_pool(bench.build(), feature(1, 6, 7), {.path = "p", .kernel = 3}).value()), HeightWidth(2, 3));
}

TEST(MaxPool, CountsAWindowOverTheEdgeInCeilMode) {
  Bench bench;
  const auto pooled = max_pool(bench.build(), feature(1, 6, 7), {.path = "p", .kernel = 3, .ceil_mode = true});
  EXPECT_EQ(size_of(pooled.value()), HeightWidth(3, 3));
}

TEST(MaxPool, CountsNoWindowThatBeginsInThePadding) {
  Bench bench;
  const auto pooled =
      max_pool(bench.build(), feature(1, 3, 3), {.path = "p", .kernel = 2, .padding = 1, .ceil_mode = true});
  EXPECT_EQ(size_of(pooled.value()), HeightWidth(2));
}

TEST(MaxPool, RefusesAnImageThatIsTooSmall) {
  Bench bench;
  const auto pooled = max_pool(bench.build(), feature(1, 2, 2), {.path = "p", .kernel = 3});
  EXPECT_THAT(pooled.error().message, HasSubstr("too small for 'p'"));
}

TEST(AdaptiveAveragePool, IsNothingWhereTheSizeIsRight) {
  Bench bench;
  EXPECT_EQ(adaptive_average_pool(bench.build(), feature(1, 7, 7), 7, "p").value().value, "x");
}

TEST(AdaptiveAveragePool, OverlapsWindowsWhereSizesDoNotDivide) {
  Bench bench;
  bench.graph.input(
      {"x", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(1), Dim::fixed(3), Dim::fixed(3)}, false}, false});
  const Feature pooled = adaptive_average_pool(bench.build(), feature(1, 3, 3), 2, "p").value();
  bench.graph.output(pooled.value, {"y", DType::kFloat32, {{}, true}, false});
  const auto model = std::move(bench.graph).finish().value();
  const auto rows = model.graph.find_initializer("p.rows")->tensor.values<float>();
  EXPECT_THAT(std::vector(rows.begin(), rows.end()), ElementsAre(0.5F, 0.5F, 0, 0, 0.5F, 0.5F));
}

TEST(Conv2d, ADilatedKernelReachesFurther) {
  Bench bench;
  const auto made = conv2d(bench.build(), feature(1, 9, 9), {.path = "c", .outputs = 1, .kernel = 3, .dilation = 2});
  EXPECT_EQ(size_of(made.value()), HeightWidth(5));
}

TEST(Conv2d, AKernelMayBeRectangular) {
  Bench bench;
  const auto made =
      conv2d(bench.build(), feature(1, 9, 9), {.path = "c", .outputs = 1, .kernel = {1, 7}, .padding = {0, 3}});
  EXPECT_EQ(size_of(made.value()), HeightWidth(9));
}

TEST(Conv2d, CountsItsOutputsByTheBatchNormWhereTheWeightIsMissing) {
  GraphBuilder graph("g");
  Weights weights = only("n.weight", {6});
  const auto made = conv2d({graph, weights}, feature(3, 9, 9), {.path = "c", .batch_norm = "n"});
  EXPECT_EQ(made.value().channels, 6);
  EXPECT_EQ(weights.missing().front().shape, (Shape{6, 3, 1, 1}));
}

TEST(Conv2d, RefusesGroupsThatDoNotDivide) {
  Bench bench;
  const auto made = conv2d(bench.build(), feature(3, 9, 9), {.path = "c", .outputs = 4, .groups = 2});
  EXPECT_THAT(made.error().message, HasSubstr("'c' takes 3 channels to 4 in 2 groups"));
}

TEST(ConvTranspose2d, DoublesTheSize) {
  Bench bench;
  const auto made = conv_transpose2d(bench.build(), feature(4, 5, 6), {.path = "u", .outputs = 2});
  EXPECT_EQ(size_of(made.value()), HeightWidth(10, 12));
  EXPECT_EQ(bench.weights.missing().front().shape, (Shape{4, 2, 2, 2}));
}

TEST(Concat, RefusesAnotherSize) {
  Bench bench;
  const auto joined = concat(bench.build(), std::array{feature(1, 4, 4), feature(1, 5, 4)}, "j");
  EXPECT_THAT(joined.error().message, HasSubstr("'j' joins 4 x 4 with 5 x 4"));
}

TEST(Add, RefusesAnotherSize) {
  Bench bench;
  const auto sum = add(bench.build(), feature(1, 4, 4), feature(2, 4, 4), "a");
  EXPECT_THAT(sum.error().message, HasSubstr("'a' adds 1 channels of 4 x 4 to 2 of 4 x 4"));
}

TEST(Resize, GivesTheSizeExactlyWhateverTheFactor) {
  for (std::int64_t before = 1; before < 60; ++before) {
    for (std::int64_t after = 1; after < 60; ++after) {
      if (before == after) continue;
      Bench bench;
      bench.graph.input({"x", DType::kFloat32, {{}, true}, false});
      const Feature resized = resize(bench.build(), feature(1, before, before), {.path = "r", .size = after});
      bench.graph.output(resized.value, {"y", DType::kFloat32, {{}, true}, false});
      const auto model = std::move(bench.graph).finish().value();
      const float factor = model.graph.find_initializer("r.scales")->tensor.values<float>()[2];
      EXPECT_EQ(std::floor(static_cast<float>(before) * factor), static_cast<float>(after)) << before;
    }
  }
}

TEST(Attention, HasOneHeadForEach64ChannelsUnlessSaid) {
  EXPECT_EQ(attention_heads(std::nullopt, 768).value(), 12);
  EXPECT_EQ(attention_heads(4, 768).value(), 4);
  const PublishedHeads exception{.channels = 384, .heads = 12};
  EXPECT_EQ(attention_heads(std::nullopt, 384, exception).value(), 12);
  EXPECT_EQ(attention_heads(std::nullopt, 768, exception).value(), 12);
  EXPECT_EQ(attention_heads(6, 384, exception).value(), 6);
}

TEST(Attention, RefusesHeadsThatDoNotDivide) {
  EXPECT_THAT(attention_heads(5, 64).error().message, HasSubstr("5 attention heads do not divide 64 channels"));
}

TEST(Attention, AsksForAPackedMatrixOfThree) {
  Bench bench;
  ASSERT_TRUE(self_attention(bench.build(), "x",
                             {.path = "a", .channels = 8, .heads = 2, .packed = "a.in_proj_", .out = "a.out_proj"}));
  ASSERT_EQ(bench.weights.missing().size(), 4U);
  EXPECT_EQ(bench.weights.missing()[0].name, "a.in_proj_weight");
  EXPECT_EQ(bench.weights.missing()[0].shape, (Shape{24, 8}));
}

}  // namespace
}  // namespace tandem::convert
