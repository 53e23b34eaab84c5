// SPDX-License-Identifier: Apache-2.0
// Tests that option names parse back and that unknown ones list the choices.
#include "engine/options.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(ParseDevice, KnowsItsNames) {
  EXPECT_EQ(parse_device("cuda").value(), Device::kCuda);
  EXPECT_EQ(parse_device("gpu").error().message, "unknown device 'gpu': expected auto, cpu or cuda");
}

TEST(ParseGraphOptimization, KnowsItsNames) {
  EXPECT_EQ(parse_graph_optimization("extended").value(), GraphOptimization::kExtended);
  EXPECT_FALSE(parse_graph_optimization("99"));
}

TEST(ParseComputePrecision, KnowsItsNames) {
  EXPECT_EQ(parse_compute_precision("bf16").value(), ComputePrecision::kBfloat16);
  EXPECT_EQ(parse_compute_precision("int8").error().message, "unknown precision 'int8': expected fp32, bf16 or fp16");
}

TEST(CheckComputesFp32, RefusesOtherPrecisions) {
  SessionOptions wanted;
  EXPECT_TRUE(check_computes_fp32(wanted, "onnxruntime"));
  wanted.precision = ComputePrecision::kFloat16;
  EXPECT_EQ(check_computes_fp32(wanted, "onnxruntime").error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tandem
