// SPDX-License-Identifier: Apache-2.0
// Facts about the search for a batch axis.
#include "serve/models/batch_axis.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

ModelInfo model(std::vector<Dim> input, std::vector<Dim> output) {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, {std::move(input)}});
  info.outputs.push_back({"y", DType::kFloat32, {std::move(output)}});
  return info;
}

TEST(FindMaxBatchSize, AcceptsAFirstAxisOfOneName) {
  EXPECT_EQ(find_max_batch_size(model({Dim::symbol("n"), Dim::fixed(3)}, {Dim::symbol("n")})), kDefaultMaxBatchSize);
}

TEST(FindMaxBatchSize, AcceptsAnOutputThatDoesNotNameItsFirstAxis) {
  EXPECT_EQ(find_max_batch_size(model({Dim::symbol("n")}, {Dim::symbol("")})), kDefaultMaxBatchSize);
}

TEST(FindMaxBatchSize, RefusesFixedAxesAndOtherNames) {
  EXPECT_EQ(find_max_batch_size(model({Dim::fixed(1), Dim::fixed(3)}, {Dim::symbol("n")})), 0);
  EXPECT_EQ(find_max_batch_size(model({Dim::symbol("n")}, {Dim::fixed(1)})), 0);
  EXPECT_EQ(find_max_batch_size(model({Dim::symbol("n")}, {Dim::symbol("boxes")})), 0);
}

TEST(FindMaxBatchSize, RefusesScalarsAndUnknownRanks) {
  EXPECT_EQ(find_max_batch_size(model({}, {Dim::symbol("n")})), 0);
  ModelInfo unknown = model({Dim::symbol("n")}, {});
  unknown.outputs[0].shape.unknown_rank = true;
  EXPECT_EQ(find_max_batch_size(unknown), 0);
  EXPECT_EQ(find_max_batch_size({}), 0);
}

}  // namespace
}  // namespace tandem::serve
