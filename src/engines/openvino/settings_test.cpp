// SPDX-License-Identifier: Apache-2.0
// Which settings are chosen, and which wishes are refused.
#include "engines/openvino/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::openvino {
namespace {

using testing::HasSubstr;

const DeviceFacts kPlainCpu{{"FP32", "INT8", "BIN"}, 6};

Error refusal_of(const SessionOptions& wanted) {
  const auto settings = choose_settings(wanted, kPlainCpu);
  return settings ? Error{} : settings.error();
}

TEST(Settings, TakeAllCoresOfTheBudgetForOneRun) {
  const auto settings = choose_settings({}, kPlainCpu);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->threads, 6);
  EXPECT_EQ(settings->streams, 1);
  EXPECT_EQ(settings->precision, ComputePrecision::kFloat32);
}

TEST(Settings, AStreamForEachInstance) {
  SessionOptions wanted;
  wanted.threads = 2;
  wanted.instances = 3;
  const auto settings = choose_settings(wanted, kPlainCpu);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->threads, 2);
  EXPECT_EQ(settings->streams, 3);
}

TEST(Settings, APrecisionThatWouldBeEmulatedIsRefused) {
  SessionOptions wanted;
  wanted.precision = ComputePrecision::kBfloat16;
  EXPECT_EQ(refusal_of(wanted).code, Code::kFailedPrecondition);
  EXPECT_THAT(refusal_of(wanted).message, HasSubstr("precision bf16"));
  EXPECT_THAT(refusal_of(wanted).message, HasSubstr("FP32 INT8 BIN"));
}

TEST(Settings, APrecisionThatTheProcessorHasIsTaken) {
  SessionOptions wanted;
  wanted.precision = ComputePrecision::kBfloat16;
  const auto settings = choose_settings(wanted, {{"FP32", "BF16"}, 1});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->precision, ComputePrecision::kBfloat16);
  wanted.precision = ComputePrecision::kFloat16;
  EXPECT_FALSE(choose_settings(wanted, {{"FP32", "BF16"}, 1}));
}

TEST(Settings, WhatIsOutOfRangeIsNamed) {
  SessionOptions threads;
  threads.threads = -1;
  EXPECT_EQ(refusal_of(threads).message, "threads: expected 0 to 1024, got -1");
  SessionOptions instances;
  instances.instances = 0;
  EXPECT_EQ(refusal_of(instances).message, "instances: expected 1 to 1024, got 0");
  SessionOptions device;
  device.device = Device::kCuda;
  EXPECT_EQ(refusal_of(device).code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace tandem::openvino
