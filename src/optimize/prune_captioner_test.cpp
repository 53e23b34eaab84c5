// SPDX-License-Identifier: Apache-2.0
// Which units go, that every tensor loses the same ones, and how many elements become 0.
#include "optimize/prune_captioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tandem::optimize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kHidden = 10;
constexpr std::int64_t kAttention = 4;

/// Every element is its unit's number plus one, so that what was cut can be read off.
NamedTensor numbered(std::string name, std::int64_t rows, std::int64_t columns, std::int64_t row_units) {
  std::vector<float> values;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      values.push_back(static_cast<float>(1 + (row_units > 0 ? row % row_units : column)));
    }
  }
  return {std::move(name), Tensor::from<float>({rows, columns}, std::span<const float>(values)).value()};
}

NamedTensor vector(std::string name, std::int64_t size) {
  const std::vector<float> values(static_cast<std::size_t>(size), 1.0F);
  return {std::move(name), Tensor::from<float>({size}, std::span<const float>(values)).value()};
}

std::vector<NamedTensor> checkpoint() {
  std::vector<NamedTensor> tensors;
  tensors.push_back(numbered("encoder.0.0.weight", 3, 3, 3));
  tensors.push_back(numbered("decoder.decode_step.weight_ih", 3 * kHidden, 5, kHidden));
  tensors.push_back(numbered("decoder.decode_step.weight_hh", 3 * kHidden, kHidden, kHidden));
  tensors.push_back(vector("decoder.decode_step.bias_ih", 3 * kHidden));
  tensors.push_back(vector("decoder.decode_step.bias_hh", 3 * kHidden));
  tensors.push_back(numbered("decoder.init_h.weight", kHidden, 6, kHidden));
  tensors.push_back(vector("decoder.init_h.bias", kHidden));
  tensors.push_back(numbered("decoder.fc.weight", 7, kHidden, 0));
  tensors.push_back(numbered("decoder.encoder_att.weight", kAttention, 6, kAttention));
  tensors.push_back(vector("decoder.encoder_att.bias", kAttention));
  tensors.push_back(numbered("decoder.decoder_att.weight", kAttention, kHidden, kAttention));
  tensors.push_back(vector("decoder.decoder_att.bias", kAttention));
  tensors.push_back(numbered("decoder.full_att.weight", 1, kAttention, 0));
  return tensors;
}

Shape shape_of(const PrunedCaptioner& pruned, std::string_view name) {
  return find_tensor(pruned.tensors, name)->shape();
}

TEST(PruneCaptioner, EveryTensorLosesTheSameUnits) {
  const auto tensors = checkpoint();
  const PrunedCaptioner pruned = prune_captioner(tensors, {0.3, 0}).value();
  EXPECT_EQ(pruned.decoder_after, 7);
  EXPECT_EQ(pruned.attention_after, 3);
  EXPECT_EQ(shape_of(pruned, "decoder.decode_step.weight_ih"), (Shape{21, 5}));
  EXPECT_EQ(shape_of(pruned, "decoder.decode_step.weight_hh"), (Shape{21, 7}));
  EXPECT_EQ(shape_of(pruned, "decoder.decode_step.bias_hh"), (Shape{21}));
  EXPECT_EQ(shape_of(pruned, "decoder.fc.weight"), (Shape{7, 7}));
  EXPECT_EQ(shape_of(pruned, "decoder.decoder_att.weight"), (Shape{3, 7}));
  EXPECT_EQ(shape_of(pruned, "decoder.full_att.weight"), (Shape{1, 3}));
  EXPECT_EQ(shape_of(pruned, "encoder.0.0.weight"), (Shape{3, 3}));
}

TEST(PruneCaptioner, TheLargestUnitsStayInTheirOrder) {
  const auto tensors = checkpoint();
  const PrunedCaptioner pruned = prune_captioner(tensors, {0.3, 0}).value();
  const auto words = find_tensor(pruned.tensors, "decoder.fc.weight")->values<float>();
  EXPECT_THAT(words.subspan(0, 7), ElementsAre(4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(find_tensor(pruned.tensors, "decoder.full_att.weight")->values<float>(), ElementsAre(2, 3, 4));
}

TEST(PruneCaptioner, EachGateOfTheGruKeepsItsOwnRows) {
  const auto tensors = checkpoint();
  const PrunedCaptioner pruned = prune_captioner(tensors, {0.3, 0}).value();
  const auto rows = find_tensor(pruned.tensors, "decoder.decode_step.weight_ih")->values<float>();
  for (std::size_t gate = 0; gate < 3; ++gate) {
    EXPECT_EQ(rows[gate * 7 * 5], 4);
    EXPECT_EQ(rows[gate * 7 * 5 + 34], 10);
  }
}

TEST(PruneCaptioner, AttentionIsCutNotMadeAnew) {
  const auto tensors = checkpoint();
  const PrunedCaptioner pruned = prune_captioner(tensors, {0.3, 0}).value();
  const auto values = find_tensor(pruned.tensors, "decoder.decoder_att.weight")->values<float>();
  for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(values[row * 7], static_cast<float>(row + 2));
}

TEST(PruneCaptioner, TheSmallestElementsOfEachMatrixBecomeZero) {
  const auto tensors = checkpoint();
  const PrunedCaptioner pruned = prune_captioner(tensors, {0, 0.25}).value();
  const auto values = find_tensor(pruned.tensors, "decoder.encoder_att.weight")->values<float>();
  EXPECT_EQ(std::ranges::count(values, 0.0F), 6);
  EXPECT_EQ(std::ranges::count(values, 1.0F), 0);
  EXPECT_EQ(std::ranges::count(find_tensor(pruned.tensors, "decoder.init_h.bias")->values<float>(), 0.0F), 0);
}

TEST(PruneCaptioner, AShareOfOneIsRefused) {
  const auto tensors = checkpoint();
  const auto refused = prune_captioner(tensors, {1.0, 0});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("less than 1"));
}

TEST(PruneCaptioner, ATensorThatDoesNotFitIsNamed) {
  auto tensors = checkpoint();
  tensors[7] = numbered("decoder.fc.weight", 7, kHidden + 1, 0);
  const auto refused = prune_captioner(tensors, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'decoder.fc.weight'"));
}

TEST(PruneCaptioner, AnotherNetworkIsRefused) {
  std::vector<NamedTensor> tensors;
  tensors.push_back(vector("classifier.bias", 3));
  EXPECT_FALSE(prune_captioner(tensors, {}));
}

}  // namespace
}  // namespace tandem::optimize
