// SPDX-License-Identifier: Apache-2.0
// What is written about a model by itself.
#include "app/convert/onnx_description.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/onnx_bytes.h"

namespace tandem::app {
namespace {

OnnxInitializer weight(DType dtype, std::uint64_t elements) {
  OnnxInitializer initializer;
  initializer.dtype = dtype;
  initializer.elements = elements;
  return initializer;
}

TEST(WeightPrecision, IsTheTypeOfMostWeights) {
  OnnxSummary summary;
  summary.initializers = {weight(DType::kFloat32, 10), weight(DType::kInt8, 1000), weight(DType::kInt64, 5000)};
  EXPECT_EQ(weight_precision(summary), "int8");
}

TEST(WeightPrecision, IsNoneWithoutWeights) { EXPECT_EQ(weight_precision(OnnxSummary{}), ""); }

TEST(MinOnnxRuntime, FollowsOpsetAndIrVersion) {
  EXPECT_EQ(min_onnxruntime(7, 3), "1.0");
  EXPECT_EQ(min_onnxruntime(17, 8), "1.12");
  EXPECT_EQ(min_onnxruntime(17, 9), "1.16");
  EXPECT_EQ(min_onnxruntime(21, 10), "1.18");
  EXPECT_FALSE(min_onnxruntime(22, 10));
  EXPECT_FALSE(min_onnxruntime(17, 99));
}

TEST(OnnxDescription, TellsInputsOpsetAndWhoLoadedIt) {
  const std::string model = onnx_bytes::add_model(3);
  const auto summary = summarize_onnx(onnx_bytes::as_bytes(model));
  ASSERT_TRUE(summary) << summary.error().message;
  const auto document = nlohmann::json::parse(describe_onnx(*summary, "onnxruntime 1.31.1"));
  EXPECT_EQ(document["model"]["inputs"][0], "a: float32[batch,3]");
  EXPECT_EQ(document["compatibility"]["opset"], 17);
  EXPECT_EQ(document["compatibility"]["min_onnxruntime"], "1.12");
  EXPECT_EQ(document["compatibility"]["checked_with"], "onnxruntime 1.31.1");
}

TEST(OnnxDescription, SaysNothingOfACheckThatWasNotMade) {
  EXPECT_FALSE(nlohmann::json::parse(describe_onnx(OnnxSummary{}, ""))["compatibility"].contains("checked_with"));
}

TEST(OnnxDescription, IsJsonWhateverTheModelIsCalled) {
  OnnxSummary summary;
  summary.producer = "\xff\xfe";
  EXPECT_FALSE(nlohmann::json::parse(describe_onnx(summary, ""), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace tandem::app
